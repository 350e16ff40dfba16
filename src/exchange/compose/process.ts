import { words } from '../../document/words.ts';
import type { Environment, Process } from '../../schema/container-file.ts';
import { filled } from '../filled.ts';
import { readDotenv } from './dotenv.ts';
import type { Item } from './item.ts';
import { pairs } from './merge.ts';
import type { Project } from './project.ts';
import { pathFrom } from './values.ts';

/** Command, entrypoint, user and working directory. */
export function processOf(service: Item): Process | undefined {
  const [command, entrypoint] = [service.get('command'), service.get('entrypoint')];
  const args = command === undefined ? [] : commandOf(command);
  const fields = filled({
    args: args.length === 0 ? undefined : args,
    cwd: service.get('working_dir')?.text(),
    user: service.get('user')?.text(),
    additionalGroups: service
      .get('group_add')
      ?.items()
      .map((group) => group.text()),
  });
  // An empty one says something: it takes that of the image away.
  return entrypoint === undefined ? fields : { ...fields, entrypoint: commandOf(entrypoint) };
}

/** A list is taken as it is, a text is split as a shell would, with no shell. */
export function commandOf(command: Item): string[] {
  if (command.isList) return command.items().map((item) => item.text());
  try {
    return words(command.text());
  } catch (error) {
    command.problem(`found a command that is no list of words: ${(error as Error).message}`);
    return [];
  }
}

/** What `env_file` brings, and what `environment` says, which goes before. */
export function environmentOf(service: Item, project: Project): Environment {
  const variables: Environment = {};
  for (const file of service.get('env_file')?.items() ?? [])
    Object.assign(variables, fromFile(file, project));
  const own = service.get('environment');
  for (const [name, item] of own === undefined ? [] : pairs(own))
    variables[name] = item.content === null ? item.with(`\${${name}}`).text() : item.text();
  return variables;
}

function fromFile(item: Item, project: Project): Environment {
  const path = item.isMap ? item.get('path') : item;
  const required = item.get('required')?.boolean() ?? true;
  if (path === undefined) {
    item.problem('missing key "path"');
    return {};
  }
  const text = project.readFile(pathFrom(path.around.directory, path.now()));
  if (text === undefined) {
    if (required) path.problem(`there is no file "${path.now()}"`);
    return {};
  }
  const raw = item.get('format')?.now() === 'raw';
  const values = readDotenv(text, (value, known) => (raw ? value : project.expand(value, known, path)));
  return Object.fromEntries(
    [...values].map(([name, value]) => [
      name,
      value === undefined ? `\${${name}}` : value.replaceAll('${', () => '$${'),
    ]),
  );
}
