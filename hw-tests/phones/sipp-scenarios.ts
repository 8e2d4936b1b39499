// Scenarios for SIPp that more than one test uses.

/** Answers every INVITE after ringing, waits for the BYE. With `echo` the caller hears itself. */
export const answeringParty = `<?xml version="1.0" encoding="UTF-8"?>
<scenario name="answering party">
  <recv request="INVITE" crlf="true"/>
  <send><![CDATA[
    SIP/2.0 180 Ringing
    [last_Via:]
    [last_From:]
    [last_To:];tag=[pid]s[call_number]
    [last_Call-ID:]
    [last_CSeq:]
    Contact: <sip:[local_ip]:[local_port];transport=[transport]>
    Content-Length: 0

  ]]></send>
  <send retrans="500"><![CDATA[
    SIP/2.0 200 OK
    [last_Via:]
    [last_From:]
    [last_To:];tag=[pid]s[call_number]
    [last_Call-ID:]
    [last_CSeq:]
    Contact: <sip:[local_ip]:[local_port];transport=[transport]>
    Content-Type: application/sdp
    Content-Length: [len]

    v=0
    o=- 1 1 IN IP[local_ip_type] [local_ip]
    s=-
    c=IN IP[media_ip_type] [media_ip]
    t=0 0
    m=audio [media_port] RTP/AVP 0
    a=rtpmap:0 PCMU/8000

  ]]></send>
  <recv request="ACK" crlf="true"/>
  <recv request="BYE"/>
  <send><![CDATA[
    SIP/2.0 200 OK
    [last_Via:]
    [last_From:]
    [last_To:]
    [last_Call-ID:]
    [last_CSeq:]
    Content-Length: 0

  ]]></send>
</scenario>
`

/** Calls `[service]`, stays for a moment and hangs up. */
export const callingParty = `<?xml version="1.0" encoding="UTF-8"?>
<scenario name="calling party">
  <send retrans="500"><![CDATA[
    INVITE sip:[service]@[remote_ip]:[remote_port] SIP/2.0
    Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
    From: <sip:sipp@[local_ip]:[local_port]>;tag=[pid]c[call_number]
    To: <sip:[service]@[remote_ip]:[remote_port]>
    Call-ID: [call_id]
    CSeq: 1 INVITE
    Contact: <sip:sipp@[local_ip]:[local_port];transport=[transport]>
    Max-Forwards: 70
    Content-Type: application/sdp
    Content-Length: [len]

    v=0
    o=- 1 1 IN IP[local_ip_type] [local_ip]
    s=-
    c=IN IP[media_ip_type] [media_ip]
    t=0 0
    m=audio [media_port] RTP/AVP 0
    a=rtpmap:0 PCMU/8000

  ]]></send>
  <recv response="100" optional="true"/>
  <recv response="180" optional="true"/>
  <recv response="183" optional="true"/>
  <recv response="200" rtd="1"/>
  <send><![CDATA[
    ACK sip:[service]@[remote_ip]:[remote_port] SIP/2.0
    Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
    From: <sip:sipp@[local_ip]:[local_port]>;tag=[pid]c[call_number]
    [last_To:]
    Call-ID: [call_id]
    CSeq: 1 ACK
    Max-Forwards: 70
    Content-Length: 0

  ]]></send>
  <pause milliseconds="200"/>
  <send retrans="500"><![CDATA[
    BYE sip:[service]@[remote_ip]:[remote_port] SIP/2.0
    Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
    From: <sip:sipp@[local_ip]:[local_port]>;tag=[pid]c[call_number]
    [last_To:]
    Call-ID: [call_id]
    CSeq: 2 BYE
    Max-Forwards: 70
    Content-Length: 0

  ]]></send>
  <recv response="200"/>
  <ResponseTimeRepartition value="10, 50, 100, 500"/>
</scenario>
`

/** Accepts one registration without asking for a password. */
export const acceptingRegistrar = `<?xml version="1.0" encoding="UTF-8"?>
<scenario name="accepting registrar">
  <recv request="REGISTER" crlf="true"/>
  <send><![CDATA[
    SIP/2.0 200 OK
    [last_Via:]
    [last_From:]
    [last_To:];tag=[pid]r[call_number]
    [last_Call-ID:]
    [last_CSeq:]
    [last_Contact:]
    Expires: 60
    Content-Length: 0

  ]]></send>
</scenario>
`

/** Is busy. */
export const refusingParty = `<?xml version="1.0" encoding="UTF-8"?>
<scenario name="refusing party">
  <recv request="INVITE" crlf="true"/>
  <send retrans="500"><![CDATA[
    SIP/2.0 486 Busy Here
    [last_Via:]
    [last_From:]
    [last_To:];tag=[pid]b[call_number]
    [last_Call-ID:]
    [last_CSeq:]
    Content-Length: 0

  ]]></send>
  <recv request="ACK"/>
</scenario>
`

/** Knows nobody. */
export const refusingRegistrar = acceptingRegistrar.replace('200 OK', '403 Forbidden')

/** Takes no call just now, as a carrier whose exchange is full. */
export const overloadedParty = refusingParty.replace('486 Busy Here', '503 Service Unavailable')

/** Says that it tries and then nothing more, until the call is taken back. */
export const dyingParty = `<?xml version="1.0" encoding="UTF-8"?>
<scenario name="dying party">
  <recv request="INVITE" crlf="true"/>
  <send><![CDATA[
    SIP/2.0 100 Trying
    [last_Via:]
    [last_From:]
    [last_To:]
    [last_Call-ID:]
    [last_CSeq:]
    Content-Length: 0

  ]]></send>
  <recv request="CANCEL" timeout="40000"/>
  <send><![CDATA[
    SIP/2.0 200 OK
    [last_Via:]
    [last_From:]
    [last_To:];tag=[pid]d[call_number]
    [last_Call-ID:]
    [last_CSeq:]
    Content-Length: 0

  ]]></send>
  <send retrans="500"><![CDATA[
    SIP/2.0 487 Request Terminated
    [last_Via:]
    [last_From:]
    [last_To:];tag=[pid]d[call_number]
    [last_Call-ID:]
    CSeq: 1 INVITE
    Content-Length: 0

  ]]></send>
  <recv request="ACK"/>
</scenario>
`

/** Sends each caller elsewhere, to `[elsewhere]`, and says by itself who did: `[diversion]`. */
export const sendingParty = `<?xml version="1.0" encoding="UTF-8"?>
<scenario name="party that sends elsewhere">
  <recv request="INVITE" crlf="true"/>
  <send retrans="500"><![CDATA[
    SIP/2.0 302 Moved Temporarily
    [last_Via:]
    [last_From:]
    [last_To:];tag=[pid]s[call_number]
    [last_Call-ID:]
    [last_CSeq:]
    Contact: <[elsewhere]>
    Diversion: <[diversion]>;reason=unconditional
    Content-Length: 0

  ]]></send>
  <recv request="ACK" crlf="true"/>
</scenario>
`
