import { string } from '@oclif/core/args';

/** One network. */
export const networkArgument = string({
  description: 'Name of a network.',
  required: true,
  ignoreStdin: true,
});

/** One or more. */
export const networksArgument = string({
  description: 'Names of networks.',
  required: true,
  multiple: true,
  ignoreStdin: true,
});
