// A few plain drawings, so that no font or picture has to be fetched.

const PATHS = {
  add: 'M12 5v14M5 12h14',
  remove: 'M5 7h14M10 11v6M14 11v6M7 7l1 13h8l1-13M9 7V4h6v3',
  up: 'M6 15l6-6 6 6',
  down: 'M6 9l6 6 6-6',
  bell: 'M6 16V11a6 6 0 0112 0v5l2 2H4zM10 21h4',
  speaker: 'M4 9v6h4l6 5V4L8 9zM17 9a4 4 0 010 6M19.5 6.5a8 8 0 010 11',
  phone: 'M6 3h4l2 5-3 2a12 12 0 006 6l2-3 5 2v4c0 1-1 2-2 2C11 20 4 13 4 5c0-1 1-2 2-2z',
  talk: 'M4 5h16v11H10l-4 4v-4H4zM8 9h8M8 12h5',
  board: 'M5 4h14v16H5zM9 8h2v2H9zM13 8h2v2h-2zM9 14h6',
  list: 'M8 6h12M8 12h12M8 18h12M4 6h.01M4 12h.01M4 18h.01',
  heart: 'M3 12h4l2-5 4 10 2-5h6',
  gear: 'M12 9a3 3 0 100 6 3 3 0 000-6zM12 2v4M12 18v4M2 12h4M18 12h4M5 5l3 3M16 16l3 3M5 19l3-3M16 8l3-3',
  clock: 'M12 3a9 9 0 100 18 9 9 0 000-18zM12 7v5l3 3',
  user: 'M12 4a4 4 0 100 8 4 4 0 000-8zM4 21c0-5 4-7 8-7s8 2 8 7',
  bulb: 'M9 18h6M10 22h4M12 2a7 7 0 0 0-4 12.7V16h8v-1.3A7 7 0 0 0 12 2Z',
  box: 'M4 7l8-4 8 4v10l-8 4-8-4zM4 7l8 4 8-4M12 11v10',
  sun: 'M12 8a4 4 0 100 8 4 4 0 000-8zM12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.5 1.5M17.5 17.5L19 19M5 19l1.5-1.5M17.5 6.5L19 5',
  moon: 'M20 14A8 8 0 0110 4a8 8 0 1010 10z',
  warning: 'M12 3l10 18H2zM12 10v5M12 18h.01',
  ok: 'M5 12l5 5 9-10',
  search: 'M11 4a7 7 0 100 14 7 7 0 000-14zM16 16l5 5',
  back: 'M15 5l-7 7 7 7',
  forward: 'M4 18v-5a4 4 0 014-4h12M15 4l5 5-5 5',
  record: 'M12 3a9 9 0 100 18 9 9 0 000-18zM12 9a3 3 0 100 6 3 3 0 000-6z',
  letter: 'M3 5h18v14H3zM3 6l9 7 9-7',
  locked: 'M6 11h12v10H6zM8 11V8a4 4 0 018 0v3',
  unlocked: 'M6 11h12v10H6zM8 11V7a4 4 0 017.5-2',
} as const
export type IconName = keyof typeof PATHS

export function Icon({ name, size = 20 }: { readonly name: IconName; readonly size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth={2}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      <path d={PATHS[name]} />
    </svg>
  )
}
