// What a message, a row or a fact is about, for rights that hold in one place only.

/** One thing of the document: where it stands is where the message, row or fact belongs. */
export interface Thing {
  readonly kind: string
  readonly id: string
}

/** Where somebody is, as it was kept with a call, a press or a notice. */
export interface Standing {
  readonly location?: string | null
  readonly device?: string | null
  readonly site?: string | null
}

/** The nearest that is known of a place; none where nothing is known, and then no limited role covers it. */
export const standing = ({ location, device, site }: Standing): readonly Thing[] =>
  Object.entries({ location, device, site })
    .flatMap(([kind, id]) => (typeof id === 'string' ? [{ kind, id }] : []))
    .slice(0, 1)
