-- Nothing to undo: chats that are not indexed yet are indexed by themselves.
SELECT 1;
