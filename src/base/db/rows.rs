//! Rows that are put: known by one column, and written only where they differ from what is stored, so that an edit that changes nothing
//! writes nothing.

/// Declares a row of a table, known by one column.
macro_rules! put_row {
    ($(#[$doc:meta])* $Row:ident in $table:ident by $key:ident: $KeyType:ty { $($field:ident: $Type:ty,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Queryable, Insertable, AsChangeset)]
        #[diesel(table_name = $table, treat_none_as_null = true)]
        pub(crate) struct $Row {
            pub(crate) $key: $KeyType,
            $(pub(crate) $field: $Type,)+
        }

        impl $Row {
            fn stored(&self, conn: &mut DbConn) -> Result<Option<Self>> {
                let row = $table::table.filter($table::$key.eq(&self.$key));
                conn.row(row.select(($table::$key, $($table::$field,)+)))
            }
        }
    };
}

/// As [`put_row`], for tables that have no columns beside those of the row: gives `put`, which answers whether something was written.
macro_rules! put_whole {
    ($($Row:ident in $table:ident by $key:ident,)+) => {$(
        impl $Row {
            /// Whether something was written.
            pub(crate) fn put(&self, tx: &mut Tx) -> Result<bool> {
                match self.stored(tx)? {
                    Some(stored) if stored == *self => return Ok(false),
                    Some(_) => tx.execute(diesel::update($table::table.filter($table::$key.eq(&self.$key))).set(self))?,
                    None => tx.execute(diesel::insert_into($table::table).values(self))?,
                };
                Ok(true)
            }
        }
    )+};
}

pub(crate) use {put_row, put_whole};
