// English texts of lines.
export const words = {
  'lines.no-secret': 'Line “{line}” has no secret: its phone cannot register.',
  'lines.no-secret.remedy': 'Set a secret and enter the same one in the phone.',
  'lines.media-refused.not-encrypted':
    'Line “{line}” called in the clear and was refused: its calls must be encrypted.',
  'lines.media-refused.no-common-suite':
    'Line “{line}” called encrypted in a way that the box does not know, and was refused.',
  'lines.media-refused.encryption-off': 'Line “{line}” called encrypted and was refused: encryption is off for it.',
  'lines.media-refused.no-handshake':
    'A call of line “{line}” was silent: its handshake for the keys of its speech (DTLS-SRTP) did not come to an end.',
  'lines.media-refused.no-handshake.remedy':
    'Look whether a firewall between phone and box lets media through in both directions, and whether the phone shows the certificate that its description names (SHA-256). Or set SRTP to SDES in the phone, and “Keys of encrypted speech” of the line to “sdes”. It goes when a call of the line has its keys.',
  'lines.media-refused.remedy':
    'Set SRTP in the phone to SDES with AES_CM_128_HMAC_SHA1_80, or to DTLS-SRTP with SHA-256, or change “Encrypted speech” of the line.',
} as const
