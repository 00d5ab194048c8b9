"""Where the files of a deployment lie."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = ROOT / "compose.yaml"
DOCKERFILE = ROOT / "Dockerfile"
EXAMPLE = ROOT / ".env.example"
DEPLOY = ROOT / "deploy"
FILES = ROOT / "k8s" / "spinestream" / "files"
DASHBOARDS = sorted((FILES / "dashboards").glob("*.json"))
RULES = FILES / "rules.yaml"
RUNBOOK = ROOT / "docs" / "operations.md"
