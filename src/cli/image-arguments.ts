import { string } from '@oclif/core/args';
import { string as stringFlag } from '@oclif/core/flags';

const form = { description: 'Name, ID or the beginning of an ID.', ignoreStdin: true } as const;

/** The argument of a command about one image. */
export const imageArgument = string({ ...form, required: true });

/** The argument of a command that does something with one or more images. */
export const imagesArgument = string({ ...form, multiple: true, required: true });

/** The same where none named means all of them. */
export const anyImagesArgument = string({ ...form, multiple: true });

export const platformFlag = stringFlag({
  description: 'What it is for, if not for this machine.',
  helpValue: 'OS/ARCHITECTURE',
});
