import { ScCommand } from '../src/cli/command.ts';

export default class Features extends ScCommand {
  static override summary =
    'Say which fields of a container file a backend supports, and what can be done with its containers.';
  static override description =
    `Tells of each field, by its path in the schema, which values the backend of --backend supports, why no others, \
and what of it this host does not have. What is not supported is refused before anything starts. Below it tells of each \
operation, such as exec or pause, whether it can be done with the containers of that backend.

To compare backends for a file of yours: sc plan --portability FILE.`;
  static override examples = [
    '<%= config.bin %> features',
    '<%= config.bin %> features --backend native --json',
    {
      description: 'The fields that are not supported at all:',
      command: `<%= config.bin %> features --json | jq '.fields | map_values(select(.support == "none"))'`,
    },
    {
      description: 'What cannot be done with its containers, and why:',
      command: `<%= config.bin %> features --json | jq '.operations | map_values(select(.support != "all"))'`,
    },
  ];

  async run(): Promise<number> {
    const { flags } = await this.parse(Features);
    const { features } = await import('../src/operations/features.ts');
    const { describeFeatures } = await import('../src/cli/describe-features.ts');
    const result = await features(this.settings(flags));
    this.answer(flags, result, () => describeFeatures(result));
    return 0;
  }
}
