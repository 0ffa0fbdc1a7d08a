"""The departments a project starts with, and which categories each gets; staff change both later."""

from __future__ import annotations

STANDARD_DEPARTMENTS: dict[str, tuple[dict[str, str], tuple[str, ...]]] = {
    "maintenance": (
        {"en": "Maintenance", "es": "Mantenimiento", "zh": "工程部"},
        (
            "air_conditioning",
            "heating",
            "lighting",
            "water_supply",
            "drainage",
            "power_supply",
            "gas",
            "elevator",
            "doors_access",
            "fire_safety",
            "telecom",
            "maintenance_quality",
            "structure",
            "renovation",
            "amenities",
            "home_lighting",
            "home_repair",
        ),
    ),
    "cleaning": (
        {"en": "Cleaning", "es": "Limpieza", "zh": "保洁部"},
        ("cleaning", "home_cleaning", "pests"),
    ),
    "security": (
        {"en": "Security", "es": "Seguridad", "zh": "安保部"},
        ("security", "parking", "noise", "neighbours"),
    ),
    "landscaping": (
        {"en": "Landscaping", "es": "Jardinería", "zh": "绿化部"},
        ("landscaping", "home_garden"),
    ),
    "concierge": (
        {"en": "Front desk", "es": "Conserjería", "zh": "客服前台"},
        ("mail_delivery", "home_moving", "home_care", "staff_conduct", "paperwork", "other"),
    ),
    "accounts": (
        {"en": "Accounts", "es": "Administración", "zh": "财务部"},
        ("property_fee", "utility_bill"),
    ),
}
