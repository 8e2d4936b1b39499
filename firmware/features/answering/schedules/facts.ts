// What happens to schedules, told to whoever observes.
declare module '../../../kernel/feature.ts' {
  interface Facts {
    /** By hand; without a word it goes by the clock again. */
    'schedule.set': {
      readonly schedule: string
      readonly word?: string
      readonly who: string
      readonly at: number
    }
  }
}

export {}
