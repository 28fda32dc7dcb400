{{/* One release in a namespace: names are fixed, since the Lease's is. */}}
{{- define "tuning.name" -}}tuning-operator{{- end }}

{{- define "tuning.selector" -}}
app.kubernetes.io/name: {{ include "tuning.name" . }}
{{- end }}

{{- define "tuning.labels" -}}
{{ include "tuning.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
{{- with .Values.extraLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- /* The same and more, of which the more particular one wins: a key that stands twice is no YAML. */}}
{{- define "tuning.labelsAnd" -}}
{{- toYaml (merge (dict) (default dict .more) (fromYaml (include "tuning.labels" .root))) }}
{{- end }}

{{- define "tuning.image" -}}
{{- $tag := .Values.image.tag | default .Chart.AppVersion -}}
{{ .Values.image.repository }}:{{ $tag }}{{ with .Values.image.digest }}@{{ . }}{{ end }}
{{- end }}

{{- define "tuning.podSecurity" -}}
runAsNonRoot: true
seccompProfile: {type: RuntimeDefault}
{{- end }}

{{- define "tuning.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}

{{- define "tuning.rules" -}}
- apiGroups: [tuning.dev]
  resources: [tuningjobs]
  verbs: [get, list, watch, delete]  # delete: ttlSecondsAfterFinished
- apiGroups: [tuning.dev]
  resources: [trials]
  verbs: [get, list, watch, create]
- apiGroups: [tuning.dev]
  resources: [tuningjobs/status, trials/status]
  verbs: [patch]
- apiGroups: [batch]
  resources: [jobs]
  verbs: [get, list, watch, create, delete]
- apiGroups: [""]
  resources: [pods]
  verbs: [list, watch, create]  # create: only the dry run that asks what admission says of a trial's pod
- apiGroups: [""]
  resources: [events]
  verbs: [list, create]  # list: why a Job gets no pod
{{- end }}
