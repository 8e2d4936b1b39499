// How the media of a leg is to be, in the words of the switch.

/**
 * Encryption of a leg's media: `when-offered` answers in kind, `preferred` offers it too and goes on in the
 * clear where it is not taken, `required` refuses what is in the clear. A call for help is never refused for it.
 */
export type MediaEncryption = 'off' | 'when-offered' | 'preferred' | 'required'

/** The channel of a recording that has what a leg's own phone says; the other one has what it hears. */
export type RecordedSide = 'left' | 'right'

/** How the box gives keys where it offers encryption: in the description (SDES, RFC 4568), or by a handshake (DTLS-SRTP, RFC 5763). */
export type MediaKeying = 'sdes' | 'dtls'

/**
 * What is done to what a phone says where the box itself hears it: in mixes, live pages and to ears. Relayed speech, recordings
 * and calls for help stay as they are.
 */
export type SpeechCleaning = 'noise' | 'noise-and-gain' | 'noise-gain-and-echo'
