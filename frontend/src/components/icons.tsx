import type { ReactNode } from "react";

/** Line icons on a 16-pixel grid. They accompany text and are hidden from screen readers. */
interface IconProps {
  size?: number;
}

function icon(paths: ReactNode) {
  return function Icon({ size = 16 }: IconProps) {
    return (
      <svg
        width={size}
        height={size}
        viewBox="0 0 16 16"
        fill="none"
        stroke="currentColor"
        strokeWidth="1.5"
        strokeLinecap="round"
        strokeLinejoin="round"
        aria-hidden="true"
        focusable="false"
      >
        {paths}
      </svg>
    );
  };
}

export const CheckIcon = icon(<path d="M3.5 8.500 6.500 11.500 12.500 4.500" />);
export const CrossIcon = icon(<path d="M4 4l8 8M12 4l-8 8" />);
export const BreachedIcon = icon(
  <>
    <path d="M5.300 1.800h5.400l3.500 3.500v5.400l-3.500 3.500H5.300l-3.500-3.500V5.300z" />
    <path d="M8 4.800v3.700M8 11.100v.1" />
  </>,
);
export const FlameIcon = icon(
  <path d="M8.300 1.500c.4 2.600 4.200 4.200 4.200 8a4.500 4.500 0 0 1-9 .2c0-1.700.8-2.900 1.700-3.700.1 1.200.7 1.900 1.400 2.100-.3-2.500.2-5 1.700-6.600z" />,
);
export const WarningIcon = icon(
  <>
    <path d="M8 2.300 14.300 13.200H1.700z" />
    <path d="M8 6.500v3M8 11.300v.1" />
  </>,
);
export const UnknownIcon = icon(
  <>
    <circle cx="8" cy="8" r="6.200" strokeDasharray="2.600 2.200" />
    <path d="M6.400 6.300a1.700 1.700 0 1 1 2.300 1.700c-.5.200-.7.500-.7 1M8 11v.1" />
  </>,
);
export const ClockIcon = icon(
  <>
    <circle cx="8" cy="8" r="6.200" />
    <path d="M8 4.500V8l2.300 1.600" />
  </>,
);
export const PauseIcon = icon(
  <>
    <circle cx="8" cy="8" r="6.200" />
    <path d="M6.500 6v4M9.500 6v4" />
  </>,
);
export const HealthyIcon = icon(
  <>
    <circle cx="8" cy="8" r="6.200" />
    <path d="M5.400 8.200 7.200 10l3.500-3.900" />
  </>,
);
export const SearchIcon = icon(
  <>
    <circle cx="7" cy="7" r="4.500" />
    <path d="M10.400 10.400 14 14" />
  </>,
);
export const SunIcon = icon(
  <>
    <circle cx="8" cy="8" r="3" />
    <path d="M8 1.200v1.300M8 13.500v1.300M1.200 8h1.300M13.500 8h1.300M3.200 3.200l.9.9M11.900 11.900l.9.9M3.200 12.800l.9-.9M11.900 4.100l.9-.9" />
  </>,
);
export const MoonIcon = icon(
  <path d="M13.500 9.700A5.900 5.900 0 0 1 6.300 2.500a5.900 5.900 0 1 0 7.200 7.200z" />,
);
export const AutoIcon = icon(
  <>
    <circle cx="8" cy="8" r="6.200" />
    <path d="M8 1.800v12.400a6.200 6.200 0 0 0 0-12.400z" fill="currentColor" stroke="none" />
  </>,
);
export const CopyIcon = icon(
  <>
    <rect x="5.500" y="5.500" width="8" height="8.500" rx="1.500" />
    <path d="M10.500 5.500V3.500A1.500 1.500 0 0 0 9 2H4a1.500 1.500 0 0 0-1.500 1.500V9A1.500 1.500 0 0 0 4 10.500h1.500" />
  </>,
);
export const DownloadIcon = icon(
  <path d="M8 2.200v8M4.800 7.200 8 10.400l3.200-3.200M2.800 13.500h10.400" />,
);
export const ChevronIcon = icon(<path d="M6 3.500 10.500 8 6 12.500" />);
export const InfoIcon = icon(
  <>
    <circle cx="8" cy="8" r="6.200" />
    <path d="M8 7.300v3.700M8 4.900V5" />
  </>,
);
export const ZoomOutIcon = icon(
  <>
    <circle cx="7" cy="7" r="4.500" />
    <path d="M10.400 10.400 14 14M5 7h4" />
  </>,
);
export const KeyboardIcon = icon(
  <>
    <rect x="1.500" y="4" width="13" height="8.500" rx="1.500" />
    <path d="M4.200 6.700h.1M6.700 6.700h.1M9.200 6.700h.1M11.700 6.700h.1M5 9.900h6" />
  </>,
);
export const HistoryIcon = icon(
  <path d="M2.300 8a5.700 5.700 0 1 0 1.900-4.200M2.200 2.500v2.800H5M8 5v3.200l2.200 1.400" />,
);
