import { CombinedGraphQLErrors } from "@apollo/client/errors";
import { describe, expect, it } from "vitest";
import { troubleOf } from "./errors";

const graphqlError = (message: string, extensions: Record<string, unknown>) =>
  new CombinedGraphQLErrors({ data: null, errors: [{ message, extensions }] });

describe("errors in words", () => {
  it("name the remedy of a known code", () => {
    const trouble = troubleOf(graphqlError("source edge: connection refused", { code: "UNAVAILABLE" }));
    expect(trouble).toMatchObject({
      title: "A data source does not answer",
      detail: "source edge: connection refused",
      retry: true,
    });
  });

  it("tell who sent too large a text to split it, not to choose a shorter window", () => {
    const error = graphqlError("the variables hold 70000 bytes", {
      code: "LIMIT_EXCEEDED",
      limit: "VariableBytes",
    });
    expect(troubleOf(error).remedy).toMatch(/Split the text/);
    expect(troubleOf(graphqlError("", { code: "LIMIT_EXCEEDED", limit: "Points" })).remedy).toMatch(/window/);
  });

  it("give the request id of an internal error", () => {
    expect(troubleOf(graphqlError("internal error", { code: "INTERNAL", requestId: "r1" })).detail).toBe(
      "internal error (request r1)",
    );
  });

  it("do not offer to repeat what cannot succeed", () => {
    expect(troubleOf(graphqlError("no such SLO", { code: "NOT_FOUND" })).retry).toBe(false);
  });

  it("say that nobody answers when the network fails", () => {
    expect(troubleOf(new TypeError("Failed to fetch"))).toMatchObject({
      title: "Hindcast does not answer",
      retry: true,
    });
  });
});
