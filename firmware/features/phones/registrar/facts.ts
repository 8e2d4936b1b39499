// What the registrar tells of phones that come and go.
import type { Binding } from '../../../kernel/call/sip-port.ts'

declare module '../../../kernel/feature.ts' {
  interface Facts {
    'phone.registered': { readonly line: string; readonly binding: Binding; readonly change: 'new' | 'moved' }
    'phone.unregistered': { readonly line: string; readonly contact: string; readonly why: string }
    'phone.reachability-changed': { readonly line: string; readonly contact: string; readonly reachable: boolean }
    'phone.refused': { readonly authName: string; readonly host: string; readonly throttled: boolean }
  }
}
