import type { Shape } from "./slots.ts";

/** An invented SLO. */
export interface MockSlo {
  name: string;
  displayName: string;
  description: string;
  service: string;
  team: string | null;
  targets: { name: string; percent: string }[];
  window: string;
  unit: "EVENTS" | "SECONDS";
  /** How the budget is counted; OCCURRENCES by default. */
  method?: "TIMESLICES" | "RATIO_TIMESLICES";
  groups?: string[];
  shape: Shape;
  file: string;
  line: number;
  backfill?: { daysDone: number; daysTotal: number };
  stale?: boolean;
}

const calm = (seed: number, perSlot: number, noise: number, extra: Partial<Shape> = {}): Shape => ({
  seed,
  perSlot,
  noise,
  night: 0.6,
  incidents: [],
  gaps: [],
  history: 35 * 24,
  ...extra,
});

export const services: Record<string, { displayName: string; description: string }> = {
  checkout: { displayName: "Checkout", description: "Takes orders and money" },
  catalog: { displayName: "Catalogue", description: "Products, prices, search" },
  identity: { displayName: "Identity", description: "Sign-in and sessions" },
  batch: { displayName: "Nightly billing", description: "Invoices every night" },
  edge: { displayName: "Edge probes", description: "Is the front door open" },
  hindcast: { displayName: "Hindcast", description: "This server itself" },
};

export const fleet: MockSlo[] = [
  {
    name: "checkout-availability",
    displayName: "Checkout availability",
    description: "Orders are accepted without a server error, seen from the load balancer.",
    service: "checkout",
    team: "payments",
    targets: [{ name: "availability", percent: "99.9" }],
    window: "30d",
    unit: "EVENTS",
    groups: ["eu-west", "eu-north", "us-east", "us-west", "ap-south", "<img src=x onerror=alert(1)>"],
    shape: calm(1, 52_000, 0.0003, {
      incidents: [
        { ago: 17.2 * 24, hours: 3, errors: 0.09 },
        { ago: 2.6 * 24, hours: 24, errors: 0.014 },
        { ago: 5, hours: 5.1, errors: 0.021 },
      ],
      gaps: [{ ago: 9.5 * 24, hours: 14, state: "gap" }],
    }),
    file: "checkout.yaml",
    line: 4,
  },
  {
    name: "checkout-latency",
    displayName: "Checkout latency",
    description: "Orders are answered within 250 ms.",
    service: "checkout",
    team: "payments",
    targets: [
      { name: "within 250 ms", percent: "99" },
      { name: "within 1 s", percent: "99.9" },
    ],
    window: "28d",
    unit: "EVENTS",
    shape: calm(2, 41_000, 0.0042, {
      incidents: [{ ago: 70, hours: 9, errors: 0.09 }],
      gaps: [{ ago: 30, hours: 8, state: "estimated" }],
    }),
    file: "checkout.yaml",
    line: 38,
  },
  {
    name: "catalog-availability",
    displayName: "Catalogue availability",
    description: "",
    service: "catalog",
    team: "discovery",
    targets: [{ name: "availability", percent: "99.95" }],
    window: "30d",
    unit: "EVENTS",
    shape: calm(3, 130_000, 0.0001),
    file: "catalog.yaml",
    line: 4,
    backfill: { daysDone: 19, daysTotal: 30 },
  },
  {
    name: "catalog-search-latency",
    displayName: "Search answers within 400 ms",
    description: "Native histogram.",
    service: "catalog",
    team: "discovery",
    targets: [{ name: "latency", percent: "95" }],
    window: "7d",
    unit: "EVENTS",
    shape: calm(4, 8_000, 0.031, { incidents: [{ ago: 30, hours: 16, errors: 0.07 }] }),
    file: "catalog.yaml",
    line: 41,
  },
  {
    name: "identity-sign-in",
    displayName: "Sign-in succeeds",
    description: "",
    service: "identity",
    team: "platform",
    targets: [{ name: "success", percent: "99.5" }],
    window: "1M",
    unit: "EVENTS",
    shape: calm(5, 900, 0.0011, { history: 40 }),
    file: "identity.yaml",
    line: 3,
  },
  {
    name: "identity-token-refresh-with-a-very-long-name-that-somebody-thought-was-a-good-idea",
    displayName: "",
    description: "",
    service: "identity",
    team: "platform",
    targets: [{ name: "objective-1", percent: "99.99" }],
    window: "90d",
    unit: "EVENTS",
    stale: true,
    shape: calm(6, 22_000, 0.00002, { gaps: [{ ago: 1.2, hours: 2, state: "gap" }] }),
    file: "identity.yaml",
    line: 31,
  },
  {
    name: "billing-run",
    displayName: "Billing run completes",
    description: "One run each night, 02:00.",
    service: "batch",
    team: null,
    targets: [{ name: "completes", percent: "98" }],
    window: "1Q",
    unit: "EVENTS",
    shape: calm(7, 0, 0),
    file: "batch.yaml",
    line: 2,
  },
  {
    name: "edge-probe",
    displayName: "Front door answers",
    description: "A probe every 15 s from outside.",
    service: "edge",
    team: "platform",
    targets: [{ name: "up", percent: "99.9" }],
    window: "30d",
    unit: "SECONDS",
    shape: calm(8, 600, 0.0002, { night: 0, incidents: [{ ago: 12.4 * 24, hours: 0.4, errors: 0.9 }] }),
    file: "edge.yaml",
    line: 5,
  },
  {
    name: "hindcast-api",
    displayName: "Hindcast answers",
    description: "GraphQL answers without an internal error.",
    service: "hindcast",
    team: "platform",
    targets: [{ name: "availability", percent: "99.9" }],
    window: "30d",
    unit: "EVENTS",
    shape: calm(9, 700, 0),
    file: "hindcast.yaml",
    line: 1,
  },
];
