// English texts of sites.
export const words = {
  'sites.no-address': 'The site “{site}” has no street address: an ambulance would not know where to go.',
  'sites.no-address.remedy': 'Enter house number, street and city of the site.',
  'sites.none': 'There is no site.',
  'sites.none.remedy': 'Add a site with its street address; until then calls for help carry no address.',
} as const
