//! Ids as types of their own, so that a chat's id can't be passed where a user's is meant.

use serde::{Deserialize, Serialize};
use std::{fmt, num::ParseIntError, str::FromStr};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        #[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = ParseIntError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    };
}

id!(
    /// An account: patient, doctor or admin.
    UserId
);
id!(
    /// A chat between one patient and one doctor.
    ChatId
);
id!(
    /// A stored message, unique over all chats. Says nothing of order; see [`Seq`].
    MessageId
);
id!(
    /// A message's place in its chat: 1, 2, 3, … without a hole. 0 stands for "before the first".
    Seq
);

id!(
    /// A report to the clinic's admin.
    ReportId
);

id!(
    /// A saved reply.
    SavedReplyId
);

id!(
    /// A change's place among the changes of its chat's messages, rising from 1. 0 stands for "none yet".
    ChangeSeq
);

impl ChangeSeq {
    /// Whether nothing was changed.
    #[must_use]
    pub const fn is_none(&self) -> bool {
        self.0 == 0
    }
}

impl Seq {
    /// The place after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// The place before this one.
    #[must_use]
    pub const fn previous(self) -> Self {
        Self(self.0.saturating_sub(1))
    }
}

/// The sender's own id of a message (a UUID): sending it twice stores it once.
pub type ClientId = uuid::Uuid;

/// Names a database as one server opened it; another one says that what was fetched before may not hold.
pub type Epoch = uuid::Uuid;
