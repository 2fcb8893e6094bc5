import type { StateLook } from "@/lib/state";

/** What colours say; theme.css has the colours of each. */
export type Tone = StateLook["tone"];
