{{/* Names and labels. Names are cut at 32 characters: KubeRay and Strimzi add their own endings. */}}
{{- define "spinestream.fullname" -}}
{{- if contains .Chart.Name .Release.Name }}{{ .Release.Name | trunc 32 | trimSuffix "-" }}
{{- else }}{{ printf "%s-%s" .Release.Name .Chart.Name | trunc 32 | trimSuffix "-" }}{{ end }}
{{- end }}

{{/* Labels that select: (dict "root" $ "component" name). */}}
{{- define "spinestream.selector" -}}
app.kubernetes.io/name: {{ .root.Chart.Name }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{- define "spinestream.labels" -}}
{{ include "spinestream.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- end }}

{{/* Selects every pod of ours that is a client of the servers. */}}
{{- define "spinestream.clients" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
spinestream.org/client: "true"
{{- end }}

{{- define "spinestream.image" -}}
{{- $image := ternary .root.Values.gpuImage .root.Values.image .gpu }}
{{- if $image.digest }}{{ $image.repository }}@{{ $image.digest }}
{{- else }}{{ $image.repository }}:{{ $image.tag | default (ternary (printf "%s-gpu" .root.Chart.AppVersion) .root.Chart.AppVersion .gpu) }}{{ end }}
{{- end }}

{{- define "spinestream.kafkaCluster" -}}
{{ .Values.strimzi.cluster | default (printf "%s-kafka" (include "spinestream.fullname" .)) }}
{{- end }}

{{/* Of a node pool: (dict "root" $ "pool" name). Strimzi puts the cluster's name before it and a number after it, and that is a
     host's name; so the cluster is in it as a few letters, which tell pools of different clusters in a namespace apart. */}}
{{- define "spinestream.nodePool" -}}
{{ .pool }}-{{ include "spinestream.kafkaCluster" .root | sha256sum | trunc 5 }}
{{- end }}

{{- define "spinestream.bootstrap" -}}
{{- if .Values.strimzi.enabled }}{{ include "spinestream.kafkaCluster" . }}-kafka-bootstrap.{{ .Release.Namespace }}.svc:9093
{{- else }}{{ required "kafka.bootstrap is empty and strimzi.enabled is false: name a Kafka, or have one made" .Values.kafka.bootstrap }}{{ end }}
{{- end }}

{{- define "spinestream.rayHead" -}}
{{ include "spinestream.fullname" . }}-ray-head-svc:6379
{{- end }}

{{- define "spinestream.otlp" -}}
{{- if .Values.telemetry.otlp }}{{ .Values.telemetry.otlp }}
{{- else if .Values.collector.enabled }}http://{{ include "spinestream.fullname" . }}-traces-collector:4318{{ end }}
{{- end }}

{{/* A name on the broker as the name of an object: no capital, no underscore (streams/kafka_manifests.py). */}}
{{- define "spinestream.objectName" -}}
{{ . | lower | replace "_" "-" }}
{{- end }}

{{/* Whether a role computes on a GPU. */}}
{{- define "spinestream.gpu" -}}
{{ if (index .root.Values.roles .role).gpu }}true{{ end }}
{{- end }}
