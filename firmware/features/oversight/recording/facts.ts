// What is told about recordings.
declare module '../../../kernel/feature.ts' {
  interface Facts {
    'recording.began': { readonly recording: string; readonly call: string }
    'recording.ended': { readonly recording: string; readonly call: string; readonly seconds: number }
  }
}
export type RecordingFacts = 'recording.began' | 'recording.ended'
