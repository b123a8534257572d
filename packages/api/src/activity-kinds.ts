/** The headings under which people look for what happened: `GET /api/v1/activity`. */
export const activityKinds = ['packages', 'uploads', 'transfers', 'servers', 'access', 'settings'] as const;
