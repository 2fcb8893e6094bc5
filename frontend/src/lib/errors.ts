import { CombinedGraphQLErrors, ServerError, ServerParseError } from "@apollo/client/errors";

/** What a reader is told when something cannot be shown. */
export interface Trouble {
  title: string;
  detail: string;
  /** What the reader can do. */
  remedy: string;
  /** Whether asking again may help. */
  retry: boolean;
}

const byCode: Record<string, Omit<Trouble, "detail">> = {
  NOT_FOUND: {
    title: "Not found",
    remedy: "The specification may have been renamed or removed. The overview lists what is in force.",
    retry: false,
  },
  INVALID: {
    title: "The server cannot read this request",
    remedy: "Check what is in the address bar.",
    retry: false,
  },
  CONFLICT: {
    title: "It changed meanwhile, or is in use",
    remedy: "Look at it again, then try once more.",
    retry: false,
  },
  FORBIDDEN: {
    title: "Not allowed",
    remedy: "Open the page at the address that the server listens on.",
    retry: false,
  },
  UNAVAILABLE: {
    title: "A data source does not answer",
    remedy: "The health page says which. Figures return by themselves once it is back.",
    retry: true,
  },
  LIMIT_EXCEEDED: {
    title: "Too much at once",
    remedy: "Choose a shorter window or fewer objectives.",
    retry: false,
  },
  RATE_LIMITED: {
    title: "Too many requests",
    remedy: "Wait a few seconds; other open tabs count too.",
    retry: true,
  },
  GRAPHQL_VALIDATION_FAILED: {
    title: "Page and server do not fit together",
    remedy: "The server was updated while this page was open. Reload it.",
    retry: true,
  },
};

/** The one place that turns an error into words. */
export function troubleOf(error: unknown): Trouble {
  if (CombinedGraphQLErrors.is(error)) {
    const first = error.errors[0];
    const code = String(first?.extensions?.code ?? "");
    const known = byCode[code] ?? {
      title: "The server could not answer",
      remedy: "Try again. The server's log has the details.",
      retry: true,
    };
    const request = first?.extensions?.requestId;
    const tooLarge = ["VariableBytes", "Body"].includes(String(first?.extensions?.limit ?? ""));
    const suffix = typeof request === "string" ? ` (request ${request})` : "";
    const remedy = tooLarge ? "Split the text that was sent." : known.remedy;
    return { ...known, remedy, detail: `${first?.message ?? ""}${suffix}` };
  }
  if (ServerError.is(error) || ServerParseError.is(error)) {
    return {
      title: `The server answered with status ${error.statusCode}`,
      detail: "",
      remedy: "Something between this page and Hindcast may have answered instead, such as a proxy.",
      retry: true,
    };
  }
  return {
    title: "Hindcast does not answer",
    detail: error instanceof Error ? error.message : "",
    remedy: "Check that the server runs: hindcast serve. This page retries when it is back.",
    retry: true,
  };
}

/** What happened in as few words as there are, for a place beside what was tried. */
export function errorText(error: unknown): string {
  const { title, detail, remedy } = troubleOf(error);
  return detail || `${title}. ${remedy}`;
}

/** The field of an input that the server blames for an error; null if it blames none. */
export function blamedField(error: unknown): string | null {
  const field = CombinedGraphQLErrors.is(error) ? error.errors[0]?.extensions?.field : undefined;
  return typeof field === "string" ? field : null;
}
