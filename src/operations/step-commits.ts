import { problemAt, type SourceDocument } from '../document/source-document.ts';
import { ScError } from '../errors/error.ts';
import { InvalidFileError, type Problem } from '../errors/problem.ts';
import { fullName } from '../image/format/name.ts';
import { isOfSteps } from '../plan/steps.ts';
import { changedConfig } from './image/config-change.ts';

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

function messageOf(attempt: () => unknown): string | undefined {
  try {
    attempt();
    return undefined;
  } catch (error) {
    if (!(error instanceof ScError)) throw error;
    return error.message;
  }
}
