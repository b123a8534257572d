/** What the tray and the dialog of uploads say. */
export const uploadsTexts = {
  uploads: {
    title: 'Upload packages',
    tray: 'Uploads',
    count: (count: number) => (count === 1 ? '1 upload' : `${count} uploads`),
    goesOn: 'keep working, they go on',
    clear: 'Clear',
    choose: 'Choose files',
    more: 'More files',
    drop: 'Drop files here to upload them',
    stage: 'Stage',
    replace: 'Replace it in the chosen stage',
    taken: (size: string, digest: string, next: string) =>
      `There is a package of this name: ${size} (${digest}). Yours has ${next}.`,
    leaveOut: (name: string) => `Leave out ${name}`,
    act: (count: number) => (count <= 1 ? 'Upload' : `Upload ${count} files`),
    pause: (name: string) => `Pause ${name}`,
    resume: (name: string) => `Go on with ${name}`,
    cancel: (name: string) => `Cancel ${name}`,
    cancelHint: 'Cancel: the server forgets what it has of this file',
    steps: {
      queued: 'waits for its turn',
      paused: 'paused: what was sent stays at the server',
      refused: 'refused: nothing of it was kept',
      failed: 'the server does not answer: what was sent stays there',
      sending: 'sent',
      verifying: 'verified',
      published: (stage: string) => `in ${stage}`,
      unchanged: 'was there already',
      sites: (held: number, of: number) => `on ${held} of ${of} sites`,
    },
  },
} as const;
