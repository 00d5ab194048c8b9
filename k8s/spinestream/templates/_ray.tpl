{{/* Pods of a Ray cluster. (dict "root" $ "role" pools|trainer "component" label "node" head|worker "gpu" bool "gpus" number
     "resources" … "nodeSelector" … "tolerations" … "autoscaling" bool "dashboard" bool). */}}
{{- define "spinestream.rayPod" -}}
metadata:
  labels: {{- include "spinestream.labels" . | nindent 4 }}
    spinestream.org/client: "true"
    spinestream.org/ray: {{ .role }}
    spinestream.org/node: {{ .node }}
  annotations:
    checksum/settings: {{ include (print .root.Template.BasePath "/settings.yaml") .root | sha256sum }}
spec:
  serviceAccountName: {{ include "spinestream.fullname" .root }}-ray-{{ .node }}
  # Only the autoscaler, in the head's pod, speaks to the cluster.
  automountServiceAccountToken: {{ and .autoscaling (eq .node "head") }}
  enableServiceLinks: false
  terminationGracePeriodSeconds: {{ add (index .root.Values.roles .role).drainSeconds 10 }}
  securityContext: {{- include "spinestream.podSecurity" .root | nindent 4 }}
  {{- include "spinestream.placement" . | nindent 2 }}
  containers:
    - name: ray-{{ .node }}
      image: {{ include "spinestream.image" . }}
      imagePullPolicy: {{ .root.Values.image.pullPolicy }}
      {{- include "spinestream.container" . | nindent 6 }}
      {{- if eq .node "head" }}
      ports:
        - {name: gcs, containerPort: 6379}
        - {name: client, containerPort: 10001}
        {{- if .dashboard }}
        - {name: dashboard, containerPort: 8265}
        {{- end }}
        {{- if eq .role "trainer" }}
        # The role runs here, as the job's entry point.
        - {name: telemetry, containerPort: 9464}
        {{- end }}
      {{- end }}
      {{- include "spinestream.rayProbes" (dict "port" (ternary 6379 6380 (eq .node "head"))) | nindent 6 }}
      lifecycle:
        # The node leaves by itself, so that its death is known at once; what its engines had in hand is done again.
        preStop: {exec: {command: [/bin/sh, -c, ray stop --grace-period 20]}}
      resources: {{- include "spinestream.resources" . | nindent 8 }}
  volumes: {{- include "spinestream.volumes" . | nindent 4 }}
    - name: shm
      emptyDir: {medium: Memory, sizeLimit: 1Gi}
{{- end }}

{{/* Ray's own servers answer gRPC's health protocol. Whether engines make progress is the manager's question. */}}
{{- define "spinestream.rayProbes" -}}
startupProbe:
  grpc: {port: {{ .port }}}
  periodSeconds: 5
  timeoutSeconds: 5
  failureThreshold: 60
livenessProbe:
  grpc: {port: {{ .port }}}
  periodSeconds: 15
  timeoutSeconds: 10
  failureThreshold: 8
readinessProbe:
  grpc: {port: {{ .port }}}
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 3
{{- end }}

{{/* v1: with v2 KubeRay never restarts a head that was killed for its memory. */}}
{{- define "spinestream.autoscaler" -}}
version: v1
idleTimeoutSeconds: {{ .Values.ray.idleSeconds }}
upscalingMode: Default
image: {{ include "spinestream.image" (dict "root" . "gpu" false) }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
# Its root is read-only too, and it shares the volumes of the head's pod.
env:
  - {name: HOME, value: /tmp}
volumeMounts:
  - {name: tmp, mountPath: /tmp}
securityContext: {{- include "spinestream.containerSecurity" . | nindent 2 }}
resources: {{- toYaml .Values.ray.autoscalerResources | nindent 2 }}
{{- end }}
