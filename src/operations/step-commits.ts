import { problemAt, type SourceDocument } from '../document/source-document.ts';
import { ScError } from '../errors/error.ts';
import { InvalidFileError, type Problem } from '../errors/problem.ts';
import { isPinned } from '../image/content/reference.ts';
import { fullName, nameOrNothing } from '../image/format/name.ts';
import { imagesOfLater, isOfSteps } from '../plan/steps.ts';
import { changedConfig } from './image/config-change.ts';
import type { Workplace } from './workplace.ts';

/** Throws InvalidFileError where a step makes an image whose name or config none can have. */
export function refuseCommits(documents: readonly SourceDocument[]): void {
  const problems = documents.flatMap((document) => {
    const { value } = document;
    if (!isOfSteps(value)) return [];
    return value.steps.flatMap(({ commit }, index): Problem[] => {
      if (commit === undefined) return [];
      const at = `steps[${index}].commit`;
      const complain = (path: string, attempt: () => unknown): Problem[] => {
        const message = messageOf(attempt);
        return message === undefined ? [] : [problemAt(document, `${at}.${path}`, message)];
      };
      const changes = commit.changes ?? [];
      return [
        ...complain('image', () => fullName(commit.image)),
        ...changes.flatMap((text, number) => complain(`changes[${number}]`, () => changedConfig({}, [text]))),
      ];
    });
  });
  if (problems.length > 0) throw new InvalidFileError(documents[0]?.file ?? '', problems);
}

/** Images of which nothing is known yet, since a Job of another document makes them. */
export async function imagesMadeLater(
  place: Workplace,
  documents: readonly SourceDocument[],
): Promise<Problem[]> {
  const images = await place.images();
  const entries = images.entries();
  const ofDocuments = documents.flatMap(({ value }) =>
    value.kind === 'Image' ? [nameOrNothing(value.name ?? value.metadata.name)] : [],
  );
  const names = new Set([...entries.map(({ name }) => name), ...ofDocuments]);
  return imagesOfLater(documents, (reference) => {
    const name = nameOrNothing(reference);
    return name === undefined ? entries.some((entry) => isPinned(entry, reference)) : names.has(name);
  });
}

function messageOf(attempt: () => unknown): string | undefined {
  try {
    attempt();
    return undefined;
  } catch (error) {
    if (!(error instanceof ScError)) throw error;
    return error.message;
  }
}
