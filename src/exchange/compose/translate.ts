import { InvalidFileError } from '../../errors/problem.ts';
import type { ContainerFile } from '../../schema/container-file.ts';
import { type Note, Report } from '../report.ts';
import { Interpolation } from './interpolation.ts';
import type { Item, Surroundings } from './item.ts';
import { type Outside, Project, projectVariables } from './project.ts';
import { readCompose } from './read.ts';
import { serviceDocument } from './service.ts';
import { servicesOf } from './services.ts';

export interface Translation {
  documents: ContainerFile[];
  /** What could not be carried over, or not as it is, by line. */
  notes: Note[];
}

const topLevel: readonly string[] = [
  'name',
  'version',
  'services',
  'networks',
  'volumes',
  'secrets',
  'configs',
];

/**
 * The documents of a compose file: a volume, network, container or job for each of its own that is used. Throws
 * InvalidFileError with all that is wrong in it.
 */
export function translateCompose(text: string, profiles: readonly string[], outside: Outside): Translation {
  const report = new Report();
  const around: Surroundings = {
    report,
    interpolation: new Interpolation(projectVariables(outside, report)),
  };
  const root = readCompose(text, outside.file, around);
  const isRead = root !== undefined && report.problems.length === 0;
  const documents = !isRead ? [] : documentsOf(root, profiles, around, outside);
  if (report.problems.length > 0) throw new InvalidFileError(outside.file, sorted(report.problems), text);
  return { documents, notes: sorted(report.notes) };
}

function documentsOf(
  root: Item,
  profiles: readonly string[],
  around: Surroundings,
  outside: Outside,
): ContainerFile[] {
  for (const [key, item] of root.entries()) {
    if (key === 'include') item.note('files are not included: import each of them');
    else if (!topLevel.includes(key) && !key.startsWith('x-')) item.note(`"${key}" has no counterpart`);
  }
  const project = new Project(root, outside);
  const services = servicesOf(root, project, around, profiles);
  if (services.length === 0) root.problem('there is no service', 'services: with one at least');
  const containers = services.map((service) => serviceDocument(service, services, project));
  return [...project.documents(), ...containers];
}

function sorted(notes: readonly Note[]): Note[] {
  return notes.toSorted((left, right) => left.line - right.line || left.column - right.column);
}
