"""The page's server over loopback, asked as a browser asks."""
