"""LoRA training with transformers and peft: one loop, in a process or under Ray Train."""

from training.lora.job import Job, Result, Step, Tell
from training.lora.launch import named, prepare, result_of, train, train_here, train_on_ray

__all__ = ["Job", "Result", "Step", "Tell", "named", "prepare", "result_of", "train", "train_here", "train_on_ray"]
