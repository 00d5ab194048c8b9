{{/* What every container of ours has, but for image, command, ports and resources. (dict "root" $ "role" name). */}}
{{- define "spinestream.container" -}}
securityContext: {{- include "spinestream.containerSecurity" .root | nindent 2 }}
env: {{- include "spinestream.env" . | nindent 2 }}
  {{- if eq .role "pools" }}
  - {name: SPINESTREAM_RAY, value: "{{ include "spinestream.rayHead" .root }}"}
  {{- include "spinestream.rayEnv" . | nindent 2 }}
  {{- end }}
  {{- if and (has .role (list "pools" "trainer")) (not .node) }}
  # A node of the cluster, and the Ray that training starts in its own pod. KubeRay gives the same to the pods that it makes.
  - {name: RAY_AUTH_MODE, value: token}
  - name: RAY_AUTH_TOKEN
    valueFrom: {secretKeyRef: {name: {{ .root.Values.ray.tokenSecret }}, key: auth_token}}
  {{- end }}
  {{- if .node }}
  # What engine actors say goes to the pod's log and not to files that go with it; Ray's own chatter does not.
  - {name: RAY_LOG_TO_STDERR, value: "1"}
  - {name: RAY_BACKEND_LOG_LEVEL, value: warning}
  {{- end }}
envFrom: {{- include "spinestream.envFrom" . | nindent 2 }}
volumeMounts: {{- include "spinestream.mounts" . | nindent 2 }}
  {{- if has .role (list "pools" "trainer") }}
  - {name: shm, mountPath: /dev/shm}
  {{- end }}
{{- end }}

{{/* A dead node of Ray is known after 8 s; engines have the priority of everything else (actors/pools/ray_start.py). */}}
{{- define "spinestream.rayEnv" -}}
- {name: RAY_health_check_period_ms, value: "2000"}
- {name: RAY_health_check_failure_threshold, value: "4"}
- {name: RAY_worker_niceness, value: "0"}
{{- end }}

{{/* They ask about progress: /live is no while records in hand settle nothing, /ready while the role does not serve. The
     manager of the pools has a bound for its start, in which Ray is joined and engines load; the others may wait for servers. */}}
{{- define "spinestream.probes" -}}
startupProbe:
  httpGet: {path: {{ ternary "/ready" "/live" (eq .role "pools") }}, port: telemetry}
  periodSeconds: 5
  timeoutSeconds: 5
  failureThreshold: {{ div (int .start) 5 }}
livenessProbe:
  httpGet: {path: /live, port: telemetry}
  periodSeconds: 20
  timeoutSeconds: 10
  failureThreshold: 3
readinessProbe:
  httpGet: {path: /ready, port: telemetry}
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 3
{{- end }}

{{/* Tolerates the taint of GPU nodes where the role computes on one, as JSON. */}}
{{- define "spinestream.gpuPlacement" -}}
{{- if include "spinestream.gpu" . }}
{{- dict "tolerations" (list (dict "key" "nvidia.com/gpu" "operator" "Exists" "effect" "NoSchedule")) | toJson }}
{{- else }}{}{{ end }}
{{- end }}
