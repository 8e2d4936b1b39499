// English texts of music on hold.
export const words = {
  'music-on-hold.view': 'See which music those on hold hear',
  'music-on-hold.manage': 'Choose the music for those on hold',
  'music-on-hold.silent': 'Those on hold hear silence: the music of the box could not be made ready ({why}).',
  'music-on-hold.silent.remedy': 'It is tried again by itself; if this stays, look at the log for the reason.',
  'music-on-hold.not-ready': 'The chosen music “{message}” is not ready; those on hold hear the music of the box.',
  'music-on-hold.not-ready.remedy': 'Open the message, and see that it has a text or a recording.',
} as const
