import { string } from '@oclif/core/args';

/** The argument of a command that does something to one or more containers. */
export const containersArgument = string({
  description: 'Names, IDs or beginnings of IDs.',
  multiple: true,
  required: true,
  ignoreStdin: true,
});
