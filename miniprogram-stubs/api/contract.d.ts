/** Ties calls to the API document: a path, a method, a body or an answer that the server does not have is a type error. */
import type { components, paths } from './types';

export type Schemas = components['schemas'];
export type Path = keyof paths;
type Verb = 'get' | 'post' | 'put' | 'patch' | 'delete';

/** The methods of a path. */
export type Method<P extends Path> = { [V in Verb]: paths[P][V] extends { responses: unknown } ? V : never }[Verb];

type JsonOf<A> = A extends { content: { 'application/json': infer B } } ? B : undefined;
type Responses<P extends Path, M extends Method<P>> = paths[P][M] extends { responses: infer R } ? R : never;

/** What a call answers when it goes well. */
export type Answer<P extends Path, M extends Method<P>> = JsonOf<
  Responses<P, M>[keyof Responses<P, M> & (200 | 201 | 202 | 204)]
>;

type BodyOf<P extends Path, M extends Method<P>> = paths[P][M] extends {
  requestBody: { content: { 'application/json': infer B } };
}
  ? B
  : never;

type QueryOf<P extends Path, M extends Method<P>> = paths[P][M] extends { parameters: { query?: infer Q } } ? Q : never;

/** What a call is given. */
export interface Options<P extends Path, M extends Method<P>> {
  /** Values for the `{...}` of the path. */
  path?: Record<string, string>;
  query?: QueryOf<P, M>;
  body?: BodyOf<P, M>;
  /** `Idempotency-Key`. */
  key?: string;
  /** False for what anybody may read. */
  login?: boolean;
  /** How often it is sent at most when no answer comes. Only for calls that may be repeated. */
  tries?: number;
  /** Milliseconds. */
  timeout?: number;
}
