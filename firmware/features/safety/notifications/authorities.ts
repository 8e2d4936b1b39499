// Certificates pasted into a form.

/** What is wrong with what should be PEM certificates; nothing with what is empty. */
export const authoritiesFault = (pem: string | undefined): Record<string, string> =>
  pem === undefined || /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/.test(pem)
    ? {}
    : { authorities: 'is no certificate in PEM: paste it with its lines BEGIN CERTIFICATE and END CERTIFICATE' }
