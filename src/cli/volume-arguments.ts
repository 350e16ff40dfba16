import { string } from '@oclif/core/args';

/** One volume. */
export const volumeArgument = string({ description: 'Name of a volume.', required: true, ignoreStdin: true });

/** One or more. */
export const volumesArgument = string({
  description: 'Names of volumes.',
  required: true,
  multiple: true,
  ignoreStdin: true,
});
