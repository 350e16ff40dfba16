import { documentOfValue } from '../../document/source-document.ts';
import { ScError } from '../../errors/error.ts';
import { InvalidFileError } from '../../errors/problem.ts';
import { Fields } from '../../plan/fields.ts';
import { compileNetworkDocument } from '../../plan/networks.ts';
import type { NetworkSpec } from '../../schema/network-spec.ts';
import type { NetworkCreateRequest, NetworkCreateResult } from '../../schema/operations/network-create.ts';
import type { Settings } from '../settings.ts';
import { openWorkplace } from '../workplace.ts';
import { makeNetwork } from './make.ts';

/** Makes a network. Throws SC_EXISTS for a name or range that is taken, SC_USAGE and SC_HOST_UNFIT. */
export async function createNetwork(
  request: NetworkCreateRequest,
  settings: Settings,
): Promise<NetworkCreateResult> {
  const place = await openWorkplace(settings);
  const { name, subnets } = await makeNetwork(place, specOf(request));
  return { name, subnets };
}

/** By way of the document that a file would hold for the same network, so that there is one way to check. */
function specOf({ name, ...said }: NetworkCreateRequest): NetworkSpec {
  const document = { apiVersion: 'standard-container/v1', kind: 'Network', metadata: { name }, ...said };
  try {
    const { value } = documentOfValue(document, 'request');
    if (value.kind !== 'Network') throw new Error('a document of a network is of another kind');
    return compileNetworkDocument(value, new Fields('commandLine'));
  } catch (error) {
    if (!(error instanceof InvalidFileError)) throw error;
    const words = error.problems.map(({ path = '', message, expected, suggestion }) => {
      const more = [expected && `expected ${expected}`, suggestion && `did you mean ${suggestion}?`];
      const said = more.filter((text) => text !== undefined && text !== '').join('; ');
      return `${path.replace('metadata.name', 'name')}: ${message}${said === '' ? '' : ` (${said})`}`;
    });
    throw new ScError('SC_USAGE', `make network "${name}": ${words.join(', ')}`, {
      cause: error,
      hint: 'sc network create --help',
    });
  }
}
