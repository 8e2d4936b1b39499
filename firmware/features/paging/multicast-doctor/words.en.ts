// English texts of the multicast doctor. A text without a remedy needs none.
export const words = {
  'multicast-doctor': 'Multicast doctor',
  'multicast-doctor.view': 'See what the multicast doctor found',
  'multicast-doctor.examine': 'Have the multicast doctor send probes',
  'multicast-doctor.intro':
    'Nobody tells the box whether a multicast page was heard. The doctor looks at what decides it: by which networks streams leave, where their listeners stand, and whether somebody asks the switches to keep the groups alive. Its probes are silent.',
  'multicast-doctor.examine-now': 'Examine now',
  'multicast-doctor.examined':
    'Examined {when}. What a listener hears in the end, only ears can tell: have somebody listen.',
  'multicast-doctor.not-examined': 'Not examined since the box started.',
  'multicast-doctor.column.what': 'Verdict',
  'multicast-doctor.column.stream': 'Stream',
  'multicast-doctor.column.network': 'Network',
  'multicast-doctor.column.text': 'What was found, and what to do',
  'multicast-doctor.severity.ok': 'Good',
  'multicast-doctor.severity.info': 'To know',
  'multicast-doctor.severity.warning': 'Doubt',
  'multicast-doctor.severity.serious': 'Wrong',
  'multicast-doctor.networks': 'Networks that streams leave by',

  'multicast-doctor.no-streams': 'No zone holds a multicast stream: there is nothing to examine.',
  'multicast-doctor.no-streams.remedy': 'Enter a stream under Multicast streams, and take it into a zone.',
  'multicast-doctor.no-way': 'The box knows no way for the stream “{stream}”: nothing of it leaves.',
  'multicast-doctor.no-way.remedy': 'Choose a network in the stream, or give the box a default route.',
  'multicast-doctor.leaves': 'Probes of “{stream}” leave by {network}.',
  'multicast-doctor.not-sent': 'A probe of “{stream}” could not be sent by {network}: {why}.',
  'multicast-doctor.not-sent.remedy': 'Look at cable and address of that network, and at the firewall of the box.',
  'multicast-doctor.no-address-there':
    '“{stream}” leaves by {network}, where the box has no IPv4 address: no page of it can be sent.',
  'multicast-doctor.no-address-there.remedy': 'Give the box an address there, or choose another network in the stream.',
  'multicast-doctor.not-entered': 'The box cannot listen to groups on {network}: {why}.',
  'multicast-doctor.not-entered.remedy':
    'Look whether that network has a cable and an address. Whether probes come back there is not known.',
  'multicast-doctor.one-network':
    'A probe of “{stream}” that left by {network} was heard on {other}: for multicast the two are one network.',
  'multicast-doctor.one-network.remedy':
    'A stream to each network is heard twice there: choose one of the two. If they should be apart, look at the VLANs of the switch ports.',
  'multicast-doctor.routed-between':
    'A probe of “{stream}” that left by {network} was heard on {other}, {hops} routers away: multicast is passed on between them.',

  'multicast-doctor.querier':
    'Somebody keeps groups alive on {network}: {who} asks for them (IGMP version {version}), {ago} s ago last.',
  'multicast-doctor.no-address': 'a switch without an address there',
  'multicast-doctor.no-querier':
    'On {network} nobody asked for multicast groups in the last 260 seconds (no IGMP querier). Switches that snoop forget who listens after that time, and streams fall silent there; plain switches, and those with snooping off, do not mind.',
  'multicast-doctor.no-querier.remedy':
    'Switch on the IGMP querier in the switch or router of that network, one for each VLAN, or switch IGMP snooping off there. Until then let streams call their listeners too. Not needed where no switch snoops.',
  'multicast-doctor.not-yet':
    'No query for groups was heard on {network} yet. Whether there is a querier is known in {seconds} s at the latest.',
  'multicast-doctor.deaf':
    'The box may not listen for queries on {network}: {why}. Whether streams last there is not known.',
  'multicast-doctor.deaf.remedy':
    'The service plant-pbx needs CAP_NET_RAW, as it is delivered; the switches tell whether a querier runs.',

  'multicast-doctor.wrong-network':
    '“{stream}” leaves by {network}, but its listeners {listeners} stand in the network {home}: they do not hear it.',
  'multicast-doctor.wrong-network.remedy': 'Choose {home}, or each network, in the stream.',
  'multicast-doctor.too-few-hops':
    'The listeners {listeners} of “{stream}” are behind a router, and its packets live for {hops} hop: they do not hear it.',
  'multicast-doctor.too-few-hops.remedy': 'Enter at least 2 hops in the stream, one for each router and one more.',
  'multicast-doctor.routed':
    'The listeners {listeners} of “{stream}” are behind a router: they hear it only if routers pass multicast on, {hops} hops far.',
  'multicast-doctor.routed.remedy':
    'Have multicast routing (PIM) switched on in the routers between, or let the stream call its listeners too.',
  'multicast-doctor.link-local':
    '“{stream}” uses {group}, of a range that routers never pass on and switches send everywhere.',
  'multicast-doctor.link-local.remedy': 'Take a group of 239.192.0.0 to 239.195.255.255, in the loudspeakers too.',
  'multicast-doctor.reserved': '“{stream}” uses {group}, of a range that is given to protocols by name.',
  'multicast-doctor.reserved.remedy': 'Take a group of 239.192.0.0 to 239.195.255.255, in the loudspeakers too.',
  'multicast-doctor.source-specific':
    '“{stream}” uses {group}, of a range where listeners must name the sender: most loudspeakers cannot.',
  'multicast-doctor.source-specific.remedy': 'Take a group of 239.192.0.0 to 239.195.255.255, in the loudspeakers too.',
  'multicast-doctor.flooded':
    '“{stream}” uses {group}, which switches cannot tell from 224.0.0.x: they send it to every port, snooping or not.',
  'multicast-doctor.flooded.remedy': 'Nothing is lost by it. To spare ports, take a group such as 239.192.0.1.',
  'multicast-doctor.twins':
    '“{stream}” ({group}) and “{other}” ({otherGroup}) look the same to switches: who listens to one is sent both.',
  'multicast-doctor.twins.remedy':
    'Nothing is lost by it. To spare ports, choose groups that differ in their last three numbers.',
} as const
