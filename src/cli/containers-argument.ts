import { string } from '@oclif/core/args';

/** The argument of a command about one container. */
export const containerArgument = string({
  description: 'Name, ID or the beginning of an ID.',
  required: true,
  ignoreStdin: true,
});

const many = { description: 'Names, IDs or beginnings of IDs.', multiple: true, ignoreStdin: true } as const;

/** The argument of a command that does something to one or more containers. */
export const containersArgument = string({ ...many, required: true });

/** The same where none named may mean all of them. */
export const anyContainersArgument = string(many);
