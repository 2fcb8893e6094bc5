import type {
  SourceAuthentication,
  SourceOrigin,
  SourceStatus,
  SourceSummaryFragment,
  SourceTestFieldsFragment,
  SourceType,
} from "@/gql/graphql";
import { coarse, humanSeconds } from "@/lib/duration";
import { count, UNKNOWN } from "@/lib/number";
import { counted } from "@/lib/words";

/** How a status looks and reads. */
export interface StatusLook {
  label: string;
  tone: "healthy" | "breached" | "quiet" | "nodata";
  meaning: string;
}

const looks: Record<SourceStatus, StatusLook> = {
  OK: { label: "Works", tone: "healthy", meaning: "The last cycle was answered." },
  FAILING: {
    label: "Fails",
    tone: "breached",
    meaning: "The last cycle was not answered. Its minutes are gaps until it is; they are read again then.",
  },
  IDLE: { label: "Idle", tone: "quiet", meaning: "No objective measures on it, so nothing is asked of it." },
  UNTESTED: { label: "Untested", tone: "nodata", meaning: "Nobody asked it anything yet." },
};

/** The look of a status. */
export function statusLook(status: SourceStatus): StatusLook {
  return looks[status];
}

/** What kind of server it is, by its own word where it said one. */
export function kindText(type: SourceType, test: SourceTestFieldsFragment | null | undefined): string {
  const kind = type === "PROMETHEUS" ? "Prometheus" : "Elasticsearch";
  const product = test?.product ?? kind;
  return test?.version ? `${product} ${test.version}` : product;
}

const origins: Record<SourceOrigin, string> = {
  EMBEDDED: "Part of this server",
  CONFIG: "Configuration file",
  DOCUMENT: "Document",
  PAGE: "Made here",
};

/** Where a source comes from, in words and with its place. */
export function originText(s: Pick<SourceSummaryFragment, "origin" | "originText">): string {
  return s.origin === "CONFIG" || s.origin === "DOCUMENT"
    ? s.originText || origins[s.origin]
    : origins[s.origin];
}

/** Why a source cannot be changed here, and where it can; null if it can. */
export function readOnlyReason(
  s: Pick<SourceSummaryFragment, "editable" | "origin" | "originText">,
): string | null {
  if (s.editable) {
    return null;
  }
  if (s.origin === "EMBEDDED") {
    return "It is inside this server. What it scrapes is written in hindcast.yaml; what is sent to it arrives at /api/v1/write.";
  }
  return `It is defined in ${s.originText || "a file"}. Change it there; the server reads the file again by itself or at its next start.`;
}

/** "3 objectives, 2 indicators" */
export function usedBy(s: Pick<SourceSummaryFragment, "objectives" | "indicators">): string {
  return s.objectives === 0
    ? "no objective yet"
    : `${counted(s.objectives, "objective")}, ${counted(s.indicators, "indicator")}`;
}

/** A length of time that may be unknown. */
export function lagText(seconds: number | null | undefined): string {
  if (seconds == null || !Number.isFinite(seconds)) {
    return UNKNOWN;
  }
  return seconds < 120 ? humanSeconds(Math.round(Math.max(0, seconds))) : coarse(seconds);
}

/** Bytes in binary units. */
export function bytes(value: number | null | undefined): string {
  if (value == null || !Number.isFinite(value)) {
    return UNKNOWN;
  }
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let size = value;
  let unit = 0;
  while (size >= 1024 && unit < units.length - 1) {
    size /= 1024;
    unit += 1;
  }
  const digits = unit === 0 || size >= 100 ? 0 : size >= 10 ? 1 : 2;
  return `${size.toFixed(digits)} ${units[unit]}`;
}

/** "4 requests · 38 KiB · 1,204 samples"; what crossed no network has no bytes. */
export function useText(use: Use | null | undefined): string {
  if (!use) {
    return UNKNOWN;
  }
  const parts = [
    `${count(use.requests)} requests`,
    use.bytes > 0 ? bytes(use.bytes) : "",
    `${count(use.samples)} samples`,
  ];
  return parts.filter(Boolean).join(" · ");
}

/** "4 req, 38 KiB", for narrow places. */
export function shortUse(use: Use | null | undefined): string {
  if (!use) {
    return UNKNOWN;
  }
  return `${count(use.requests)} req${use.bytes > 0 ? `, ${bytes(use.bytes)}` : ""}`;
}

/** What was asked of a source, and what came back. */
interface Use {
  requests: number;
  bytes: number;
  samples: number;
}

const authentications: Record<SourceAuthentication, string> = {
  NONE: "none",
  BASIC: "user and password",
  BEARER: "bearer token",
  API_KEY: "API key",
  CLIENT_CERTIFICATE: "client certificate",
};

/** How requests are signed in, and where the secret comes from. */
export function authenticationText(s: {
  authentication: SourceAuthentication;
  username?: string | null;
  secretFrom?: string | null;
}): string {
  const how = authentications[s.authentication];
  const who = s.username ? ` as ${s.username}` : "";
  const from = s.secretFrom ? `, secret from ${s.secretFrom}` : "";
  return `${how}${who}${from}`;
}

/** How far two clocks are apart, for people: null while it is too little to matter or is not told. */
export function skewText(seconds: number | null | undefined): string | null {
  if (seconds == null || Math.abs(seconds) < 1) {
    return null;
  }
  return `Its clock is ${humanSeconds(Math.abs(seconds))} ${seconds > 0 ? "ahead of" : "behind"} this server's.`;
}
