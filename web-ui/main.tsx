// The pages of the box: sets up styles and data, then draws whoever is signed in.
import '@mantine/core/styles.css'
import '@mantine/notifications/styles.css'
import './shell/shell.css'
import { MantineProvider } from '@mantine/core'
import { Notifications } from '@mantine/notifications'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { ApiError } from './kit/api.ts'
import { App } from './shell/app.tsx'
import { theme } from './shell/theme.ts'

const nonce = document.querySelector('meta[name="style-nonce"]')?.getAttribute('content') ?? ''
// Read by the scroll lock of dialogs, which writes a style element of its own.
Object.assign(globalThis, { __webpack_nonce__: nonce })

const client = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 15_000,
      // What the box refused it will refuse again; only silence is tried anew.
      retry: (count, error) => error instanceof ApiError && error.status === 0 && count < 3,
    },
  },
})

const root = document.getElementById('root')
if (root) {
  createRoot(root).render(
    <StrictMode>
      <MantineProvider theme={theme} defaultColorScheme="auto" getStyleNonce={() => nonce}>
        <QueryClientProvider client={client}>
          <Notifications position="bottom-right" limit={4} containerWidth={460} />
          <App />
        </QueryClientProvider>
      </MantineProvider>
    </StrictMode>,
  )
}
