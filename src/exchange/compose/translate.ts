import { InvalidFileError, type Problem } from '../../errors/problem.ts';
import type { ContainerFile } from '../../schema/container-file.ts';
import { type Note, Report } from '../report.ts';
import { withIncluded } from './includes.ts';
import { Interpolation } from './interpolation.ts';
import type { Item, Surroundings } from './item.ts';
import { type Outside, withVariables } from './outside.ts';
import { Project } from './project.ts';
import { readCompose } from './read.ts';
import { serviceDocument } from './service.ts';
import { servicesOf } from './services.ts';

export interface Translation {
  documents: ContainerFile[];
  /** What could not be carried over, or not as it is, by line. */
  notes: Note[];
}

/**
 * The documents of a compose file: a volume, network, container or job for each of its own that is used. Throws
 * InvalidFileError with all that is wrong in it.
 */
export function translateCompose(text: string, profiles: readonly string[], outside: Outside): Translation {
  const report = new Report();
  const variables = { environment: outside.environment, dotenv: new Map() };
  const around: Surroundings = {
    report,
    interpolation: new Interpolation(withVariables(variables, ['.env'], outside, report)),
    directory: '',
  };
  const own = readCompose(text, outside.file, around);
  const root = own && withIncluded(own, outside);
  const isRead = root !== undefined && report.problems.length === 0;
  const documents = !isRead ? [] : documentsOf(root, profiles, outside);
  if (report.problems.length > 0) throw invalid(outside.file, report.problems, text);
  return { documents, notes: sorted(report.notes, outside.file) };
}

/** With the text where all is of that. */
export function invalid(file: string, problems: readonly Problem[], text: string): InvalidFileError {
  const isOwn = problems.every((problem) => problem.file === file);
  return new InvalidFileError(file, sorted(problems, file), isOwn ? text : undefined);
}

function documentsOf(root: Item, profiles: readonly string[], outside: Outside): ContainerFile[] {
  const project = new Project(root, outside);
  const services = servicesOf(root, project, profiles);
  if (services.length === 0) root.problem('there is no service', 'services: with one at least');
  const containers = services.map((service) => serviceDocument(service, services, project));
  return [...project.documents(), ...containers];
}

/** Those of the file itself first, and those of others as they were met. */
function sorted(notes: readonly Note[], file: string): Note[] {
  const files = [...new Set([file, ...notes.map((note) => note.file)])];
  return notes.toSorted(
    (left, right) =>
      files.indexOf(left.file) - files.indexOf(right.file) ||
      left.line - right.line ||
      left.column - right.column,
  );
}
