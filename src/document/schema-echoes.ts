import type { SchemaError } from '../schema/validator.ts';

/**
 * The errors of a validator without those that only repeat another: of the alternatives of `anyOf`, of
 * the name of a property, of keys that go only with another where it is already said which may stand.
 */
export function withoutEchoes(all: readonly SchemaError[]): SchemaError[] {
  const errors = withNames(all);
  const byPlace = Map.groupBy(errors, ({ instancePath }) => instancePath);
  const echoes = new Set<SchemaError>();
  for (const [index, error] of errors.entries()) {
    for (const echo of echoesOf(error, index, errors, byPlace)) echoes.add(echo);
  }
  return errors.filter((error) => !echoes.has(error));
}

/** An error about the name of a property says so, also where its schema is a reference. */
function withNames(errors: readonly SchemaError[]): SchemaError[] {
  const named = [...errors];
  for (const [index, { keyword, instancePath, params }] of errors.entries()) {
    if (keyword !== 'propertyNames') continue;
    const propertyName = String(params.propertyName);
    for (let inner = index - 1; inner >= 0; inner--) {
      const error = errors[inner];
      if (error?.instancePath !== instancePath || error.data !== propertyName) break;
      named[inner] = { ...error, propertyName };
    }
  }
  return named;
}

function echoesOf(
  error: SchemaError,
  index: number,
  errors: readonly SchemaError[],
  byPlace: ReadonlyMap<string, SchemaError[]>,
): SchemaError[] {
  switch (error.keyword) {
    case 'propertyNames':
      return [error];
    case 'oneOf':
      return echoesOfKeys(error, byPlace.get(error.instancePath) ?? []);
    case 'anyOf':
      return echoesOfAlternatives(error, innerErrors(index, errors));
    default:
      return [];
  }
}

/** A choice of keys says nothing of what has no keys; of a map it says all that is to say of them. */
function echoesOfKeys(choice: SchemaError, here: readonly SchemaError[]): SchemaError[] {
  if (here.some(({ keyword }) => keyword === 'type')) return [choice];
  const alternatives = choice.parentSchema?.oneOf as unknown[];
  return here.filter(
    ({ keyword, parentSchema }) =>
      keyword === 'dependentRequired' || (keyword === 'required' && alternatives.includes(parentSchema)),
  );
}

/** A map can only be meant for the alternative that is one: then what it has against that is said, and no more. */
function echoesOfAlternatives(choice: SchemaError, inner: readonly SchemaError[]): SchemaError[] {
  const ofMap = inner.filter(
    ({ instancePath, keyword }) =>
      instancePath !== choice.instancePath || keyword === 'required' || keyword === 'additionalProperties',
  );
  if (ofMap.length === 0) return [...inner];
  return [choice, ...inner.filter((error) => !ofMap.includes(error))];
}

/** The errors of the alternatives stand directly before that of the choice. */
function innerErrors(index: number, errors: readonly SchemaError[]): SchemaError[] {
  const place = errors[index]?.instancePath ?? '';
  const isInner = ({ instancePath }: SchemaError): boolean =>
    instancePath === place || instancePath.startsWith(`${place}/`);
  let first = index;
  while (first > 0 && isInner(errors[first - 1] as SchemaError)) first--;
  return errors.slice(first, index);
}
