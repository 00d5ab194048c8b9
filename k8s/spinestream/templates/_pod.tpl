{{/* What every pod of ours is given. */}}
{{- define "spinestream.podSecurity" -}}
runAsNonRoot: true
runAsUser: {{ .Values.pods.user }}
runAsGroup: {{ .Values.pods.user }}
fsGroup: {{ .Values.pods.user }}
fsGroupChangePolicy: OnRootMismatch
seccompProfile: {type: RuntimeDefault}
{{- end }}

{{- define "spinestream.containerSecurity" -}}
allowPrivilegeEscalation: false
privileged: false
readOnlyRootFilesystem: true
runAsNonRoot: true
capabilities: {drop: [ALL]}
seccompProfile: {type: RuntimeDefault}
{{- end }}

{{/* Placement: (dict "root" $ "component" name "nodeSelector" … "tolerations" …). */}}
{{- define "spinestream.placement" -}}
{{- $pods := .root.Values.pods }}
{{- with merge (dict) (.nodeSelector | default dict) $pods.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with concat (.tolerations | default list) $pods.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $pods.spreadOver }}
topologySpreadConstraints:
  - topologyKey: {{ . }}
    maxSkew: 1
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels: {{- include "spinestream.selector" $ | nindent 8 }}
{{- end }}
{{- with $pods.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .root.Values.image.pullSecrets }}
imagePullSecrets: {{- range . }}
  - name: {{ . }}
{{- end }}
{{- end }}
{{- end }}

{{/* Settings from the ConfigMap, what lies in Secrets by reference. (dict "root" $ "role" name). */}}
{{- define "spinestream.env" -}}
{{- $v := .root.Values }}
{{- $full := include "spinestream.fullname" .root }}
- {name: HOME, value: /work}
- {name: XDG_CACHE_HOME, value: /tmp/cache}
- {name: SPINESTREAM_CACHE, value: /models}
- {name: HF_HOME, value: /models/hub}
- {name: VLLM_CACHE_ROOT, value: /models/vllm}
- {name: VLLM_NO_USAGE_STATS, value: "1"}
- {name: NICEGUI_STORAGE_PATH, value: /tmp/nicegui}
- {name: RAY_USAGE_STATS_ENABLED, value: "0"}
- {name: HF_HUB_OFFLINE, value: {{ ternary "1" "0" $v.models.offline | quote }}}
{{- if $v.strimzi.enabled }}
- {name: SPINESTREAM_KAFKA_USERNAME, value: {{ $full }}-{{ .role }}}
{{- else if $v.kafka.username }}
- {name: SPINESTREAM_KAFKA_USERNAME, value: {{ $v.kafka.username | quote }}}
{{- end }}
{{- if $v.mongodb.operator.enabled }}
- name: SPINESTREAM_MONGODB
  valueFrom: {secretKeyRef: {name: {{ $full }}-mongodb-login, key: connectionString.standard}}
{{- else if $v.mongodb.urlSecret.name }}
- name: SPINESTREAM_MONGODB
  valueFrom: {secretKeyRef: {name: {{ $v.mongodb.urlSecret.name }}, key: {{ $v.mongodb.urlSecret.key }}}}
{{- end }}
{{- if and (eq .role "pools") $v.engineKeySecret.name }}
- name: SPINESTREAM_ENGINE_KEY
  valueFrom: {secretKeyRef: {name: {{ $v.engineKeySecret.name }}, key: {{ $v.engineKeySecret.key }}}}
{{- end }}
{{- $keys := dict "gateway" (list "split" "pseudonyms") "store" (list "split") "web" (list "sessions") }}
{{- $names := dict "split" "SPINESTREAM_SPLIT_KEY" "pseudonyms" "SPINESTREAM_DEID_KEY" "sessions" "SPINESTREAM_SESSION_KEY" }}
{{- range (index $keys .role) }}
- name: {{ index $names . }}
  valueFrom: {secretKeyRef: {name: {{ $v.keys.existingSecret }}, key: {{ index $v.keys . }}}}
{{- end }}
{{- end }}

{{- define "spinestream.envFrom" -}}
- configMapRef: {name: {{ include "spinestream.fullname" .root }}-settings}
{{- end }}

{{/* Secrets as files, by name of their folder under /etc/spinestream: JSON of {folder: {secret, items}}. */}}
{{- define "spinestream.secretFiles" -}}
{{- $v := .root.Values }}
{{- $files := dict }}
{{- if $v.strimzi.enabled }}
{{- $_ := set $files "kafka" (dict "secret" (printf "%s-%s" (include "spinestream.fullname" .root) .role) "items" (dict "password" "password")) }}
{{- $_ := set $files "kafka-ca" (dict "secret" (printf "%s-cluster-ca-cert" (include "spinestream.kafkaCluster" .root)) "items" (dict "ca.crt" "ca.crt")) }}
{{- else }}
{{- with $v.kafka.passwordSecret }}{{ if .name }}{{ $_ := set $files "kafka" (dict "secret" .name "items" (dict .key "password")) }}{{ end }}{{ end }}
{{- with $v.kafka.caSecret }}{{ if .name }}{{ $_ := set $files "kafka-ca" (dict "secret" .name "items" (dict .key "ca.crt")) }}{{ end }}{{ end }}
{{- with $v.kafka.certificateSecret }}{{ if .name }}{{ $_ := set $files "kafka-certificate" (dict "secret" .name "items" (dict .certificate "tls.crt" .key "tls.key")) }}{{ end }}{{ end }}
{{- end }}
{{- if $v.mongodb.operator.enabled }}
{{- with $v.mongodb.operator.caSecret }}{{ $_ := set $files "mongodb-ca" (dict "secret" . "items" (dict "ca.crt" "ca.crt")) }}{{ end }}
{{- else }}
{{- with $v.mongodb.passwordSecret }}{{ if .name }}{{ $_ := set $files "mongodb" (dict "secret" .name "items" (dict .key "password")) }}{{ end }}{{ end }}
{{- with $v.mongodb.caSecret }}{{ if .name }}{{ $_ := set $files "mongodb-ca" (dict "secret" .name "items" (dict .key "ca.crt")) }}{{ end }}{{ end }}
{{- end }}
{{- with $v.redis.passwordSecret }}{{ if .name }}{{ $_ := set $files "redis" (dict "secret" .name "items" (dict .key "password")) }}{{ end }}{{ end }}
{{- with $v.redis.caSecret }}{{ if .name }}{{ $_ := set $files "redis-ca" (dict "secret" .name "items" (dict .key "ca.crt")) }}{{ end }}{{ end }}
{{- with $v.blobs.keySecret }}{{ if .name }}{{ $_ := set $files "blobs" (dict "secret" .name "items" (dict .key "access-key" .secret "secret-key")) }}{{ end }}{{ end }}
{{- with $v.blobs.caSecret }}{{ if .name }}{{ $_ := set $files "blobs-ca" (dict "secret" .name "items" (dict .key "ca.crt")) }}{{ end }}{{ end }}
{{- toJson $files }}
{{- end }}

{{- define "spinestream.mounts" -}}
- {name: work, mountPath: /work}
- {name: tmp, mountPath: /tmp}
- {name: models, mountPath: /models}
{{- if not .root.Values.blobs.url }}
- {name: blobs, mountPath: /blobs}
{{- end }}
{{- if eq .role "trainer" }}
- {name: training, mountPath: /work/training}
{{- end }}
{{- range $folder, $_ := include "spinestream.secretFiles" . | fromJson }}
- {name: {{ $folder }}, mountPath: /etc/spinestream/{{ $folder }}, readOnly: true}
{{- end }}
{{- end }}

{{- define "spinestream.volumes" -}}
{{- $v := .root.Values }}
{{- $full := include "spinestream.fullname" .root }}
- name: work
  {{- if eq .role "gateway" }}
  persistentVolumeClaim: {claimName: {{ $full }}-gateway}
  {{- else }}
  emptyDir: {sizeLimit: {{ $v.pods.scratchSize }}}
  {{- end }}
- name: tmp
  emptyDir: {sizeLimit: {{ $v.pods.scratchSize }}}
- name: models
  {{- if not (or .node (has .role (list "scorer" "trainer"))) }}
  emptyDir: {sizeLimit: {{ $v.pods.scratchSize }}}
  {{- else if $v.models.existingClaim }}
  persistentVolumeClaim: {claimName: {{ $v.models.existingClaim }}}
  {{- else }}
  emptyDir: {sizeLimit: {{ $v.models.size }}}
  {{- end }}
{{- if not $v.blobs.url }}
- name: blobs
  persistentVolumeClaim: {claimName: {{ $v.blobs.claim.existing | default (printf "%s-blobs" $full) }}}
{{- end }}
{{- if eq .role "trainer" }}
- name: training
  persistentVolumeClaim: {claimName: {{ $full }}-training}
{{- end }}
{{- range $folder, $files := include "spinestream.secretFiles" . | fromJson }}
- name: {{ $folder }}
  secret:
    secretName: {{ $files.secret }}
    defaultMode: 0440
    items: {{- range $from, $to := $files.items }}
      - {key: {{ $from }}, path: {{ $to }}}
    {{- end }}
{{- end }}
{{- end }}

{{/* Requests and limits, with a GPU where one is wanted: (dict "resources" … "gpus" number). */}}
{{- define "spinestream.resources" -}}
{{- $all := deepCopy .resources }}
{{- if .gpus }}
{{- range $kind := list "requests" "limits" }}{{ $_ := set (index $all $kind) "nvidia.com/gpu" (printf "%v" $.gpus) }}{{ end }}
{{- end }}
{{- toYaml $all }}
{{- end }}

{{/* Of pods that operators make for us: they run as users of their images. */}}
{{- define "spinestream.foreignSecurity" -}}
allowPrivilegeEscalation: false
runAsNonRoot: true
capabilities: {drop: [ALL]}
seccompProfile: {type: RuntimeDefault}
{{- end }}
