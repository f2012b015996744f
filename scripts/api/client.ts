// What a client writes against the generated types must compile under strict: a code that the document does not know would not.
import type { components, paths } from "./generated/types";

type Problem = components["schemas"]["Problem"];
type Quote = paths["/api/v1/quotes"]["post"]["responses"][200]["content"]["application/json"];

export function needsNewPrice(problem: Problem): Quote | undefined {
  return problem.code === "price_changed" ? problem.quote : undefined;
}

export function firstFault(problem: Problem): string {
  const [fault] = problem.errors;
  return fault === undefined ? problem.detail : `${fault.field}: ${fault.detail}`;
}
