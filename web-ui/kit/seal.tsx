// A lock says at a glance whether something is encrypted; the words beside it say it to everybody.
import { Icon } from './icon.tsx'

export const Seal = ({ closed }: { readonly closed: boolean }) => (
  <span style={{ verticalAlign: '-0.15em', marginInlineEnd: '0.35em' }}>
    <Icon name={closed ? 'locked' : 'unlocked'} size={16} />
  </span>
)
