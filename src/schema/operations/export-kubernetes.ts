// Generated from schema/operations/export-kubernetes.schema.json by `npm run generate`; not to be edited.

import type { Problem } from '../fault.ts';

/** Makes objects of Kubernetes of container files, and names what cannot be carried over. */
export type ExportKubernetes = ExportKubernetesRequest | ExportKubernetesResult;

/** Which files. */
export interface ExportKubernetesRequest {
  /**
   * Container files of one directory, or that directory, relative to the working directory of the
   * caller.
   */
  file: string | string[];
  /** Variables that go before those of the environment. */
  set?: {
    [name: string]: string;
  };
  /**
   * What the claim of a volume asks for that has no size, in bytes with a unit. Without it 1Gi,
   * which is noted.
   */
  claimSize?: string;
  /** Whether it is an error that something cannot be carried over. Default: false. */
  strict?: boolean;
}

/** `sc export kubernetes`. */
export interface ExportKubernetesResult {
  /** The container files, as they were named. */
  file: string;
  /** What there is in the text. */
  objects: KubernetesObject[];
  /** What could not be carried over, or not as it is, with its place in the container files. */
  notes: Problem[];
  /** The objects, in YAML. */
  text: string;
}

/** One object. */
export interface KubernetesObject {
  /** Its kind. */
  kind: string;
  /** Its name. */
  name: string;
}
