// Colours that mean something, dark enough for white letters on them (WCAG 2.2, 1.4.3).
export const RED = '#b31312'
export const ORANGE = '#b54708'
export const AMBER = '#7a5d00'
export const TEAL = '#08704f'
export const BLUE = '#1864ab'
export const GRAY = '#495057'

/** The same for letters on the page itself, which is light or dark. */
export const RED_TEXT = 'light-dark(#b31312, #ffa8a8)'
export const ORANGE_TEXT = 'light-dark(#b54708, #ffc078)'
