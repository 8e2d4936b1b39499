// The PJSIP binding as the rest of the firmware sees it.

export type { SwitchOptions, SwitchTimers } from './switch.ts'
export { createSwitch } from './switch.ts'
