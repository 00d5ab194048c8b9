{{/* A way out: (dict "to" {ports, peers} "made" peers of the chart's own "protocols" …). Without a peer, any address. */}}
{{- define "spinestream.rule" -}}
{{- $peers := concat (.made | default list) .to.peers }}
- ports:
    {{- range $protocol := .protocols | default (list "TCP") }}
    {{- range $.to.ports }}
    - {port: {{ . }}, protocol: {{ $protocol }}}
    {{- end }}
    {{- end }}
  {{- with $peers }}
  to: {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}
