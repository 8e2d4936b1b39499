// How the pages look: large enough to be read at arm's length, from fonts that every machine has.
import {
  Button,
  createTheme,
  Fieldset,
  MultiSelect,
  NumberInput,
  PasswordInput,
  Select,
  Switch,
  TagsInput,
  Textarea,
  TextInput,
} from '@mantine/core'

const FONT = 'system-ui, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif'
const LARGE = { defaultProps: { size: 'md' } }

export const theme = createTheme({
  primaryColor: 'cyan',
  primaryShade: 9,
  defaultRadius: 'md',
  fontFamily: FONT,
  headings: { fontFamily: FONT, fontWeight: '650' },
  fontSizes: { xs: '0.875rem', sm: '0.9375rem', md: '1.0625rem', lg: '1.1875rem', xl: '1.375rem' },
  cursorType: 'pointer',
  focusRing: 'auto',
  respectReducedMotion: true,
  components: {
    Button: Button.extend({ defaultProps: { size: 'md' } }),
    TextInput: TextInput.extend(LARGE),
    PasswordInput: PasswordInput.extend(LARGE),
    NumberInput: NumberInput.extend(LARGE),
    Select: Select.extend(LARGE),
    MultiSelect: MultiSelect.extend(LARGE),
    TagsInput: TagsInput.extend(LARGE),
    Textarea: Textarea.extend(LARGE),
    Switch: Switch.extend(LARGE),
    Fieldset: Fieldset.extend({ defaultProps: { variant: 'default' } }),
  },
})
