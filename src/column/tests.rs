use super::*;
use arrow::array::{Float64Array, Int16Array, LargeStringArray, StringViewArray, UInt8Array};
use proptest::prelude::*;

fn read(array: impl Array + 'static) -> Coded {
    encode("c", &[Arc::new(array)]).unwrap()
}

fn cells(coded: &Coded) -> Vec<Option<&str>> {
    (0..coded.keys.len()).map(|row| coded.label(row)).collect()
}

#[test]
fn every_layout_reads_the_same() {
    let want = [Some("Oman"), None, Some("P.N.G"), Some("Oman"), Some("a label of more than sixteen bytes")];
    let small = StringArray::from_iter(want);
    let expected = read(small.clone());
    assert_eq!(cells(&expected), want);
    assert_eq!(expected.labels.len(), 3);
    assert_eq!(read(LargeStringArray::from_iter(want)), expected);
    assert_eq!(read(StringViewArray::from_iter(want)), expected);
    for key in [DataType::Int8, DataType::UInt8, DataType::UInt32, DataType::Int64] {
        let kind = DataType::Dictionary(Box::new(key), Box::new(DataType::Utf8));
        assert_eq!(encode("c", &[cast(&small, &kind).unwrap()]).unwrap(), expected);
    }
    let chunks: Vec<ArrayRef> = (0..5).map(|row| Arc::new(small.slice(row, 1)) as ArrayRef).collect();
    assert_eq!(encode("c", &chunks).unwrap(), expected);
    assert_eq!(encode("c", &[]).unwrap(), Coded::default());
}

#[test]
fn repeats_and_nulls_among_categories_do_no_harm() {
    let values: ArrayRef = Arc::new(StringArray::from(vec![Some("x"), Some("y"), None, Some("x"), Some("unused")]));
    let keys = UInt8Array::from(vec![Some(3), Some(2), None, Some(0), Some(1)]);
    let column = DictionaryArray::new(keys, values);
    let coded = read(column);
    assert_eq!(cells(&coded), [Some("x"), None, None, Some("x"), Some("y")]);
    assert_eq!(coded.labels, ["x", "y"]);
}

#[test]
fn numbers_are_labels_when_whole() {
    assert_eq!(cells(&read(Int16Array::from(vec![1996, 1988]))), [Some("1996"), Some("1988")]);
    let floats = Float64Array::from(vec![Some(1996.0), None, Some(f64::NAN), Some(-7e9)]);
    assert_eq!(cells(&read(floats)), [Some("1996"), None, None, Some("-7000000000")]);
    let wrong = encode("Year", &[Arc::new(Float64Array::from(vec![1996.5]))]).unwrap_err().to_string();
    assert_eq!(wrong, "column \"Year\" holds 1996.5 (row 0): expected whole numbers or text");
}

proptest! {
    #[test]
    fn encoding_loses_nothing_and_chunks_do_not_matter(
        rows in prop::collection::vec(prop::option::of("[a-c]{0,12}"), 0..60), cut in 0usize..60
    ) {
        let whole = StringArray::from_iter(rows.iter().map(Option::as_deref));
        let one = read(whole.clone());
        prop_assert_eq!(cells(&one), rows.iter().map(Option::as_deref).collect::<Vec<_>>());
        let cut = cut.min(rows.len());
        let two: [ArrayRef; 2] = [Arc::new(whole.slice(0, cut)), Arc::new(whole.slice(cut, rows.len() - cut))];
        prop_assert_eq!(encode("c", &two).unwrap(), one);
    }
}

/// The obvious version.
fn slow(rows: &[Option<String>]) -> Coded {
    let mut labels: Vec<String> = Vec::new();
    let key = |cell: &Option<String>| {
        let Some(cell) = cell else { return NULL };
        let at = labels.iter().position(|label| label == cell).unwrap_or_else(|| {
            labels.push(cell.clone());
            labels.len() - 1
        });
        at as i32
    };
    let keys = rows.iter().map(key).collect();
    Coded { keys, labels }
}

/// Every layout of the same rows.
fn layouts(rows: &[Option<String>]) -> Vec<ArrayRef> {
    let small: ArrayRef = Arc::new(StringArray::from_iter(rows));
    let kinds = [DataType::LargeUtf8, DataType::Utf8View].into_iter().chain(
        [DataType::Int8, DataType::UInt16, DataType::Int32, DataType::UInt64]
            .map(|key| DataType::Dictionary(Box::new(key), Box::new(DataType::Utf8))),
    );
    let mut all: Vec<ArrayRef> = kinds.map(|kind| cast(&small, &kind).unwrap()).collect();
    // Categories backwards, twice, with a null and one that no row has.
    let known = slow(rows);
    let twice = known.labels.iter().rev().chain(&known.labels).map(Some);
    let values = StringArray::from_iter([None, Some(&"unused".to_owned())].into_iter().chain(twice));
    let count = known.labels.len() as i16;
    let key = |(row, key): (usize, &i32)| match *key as i16 {
        -1 if row % 2 == 0 => None,
        -1 => Some(0),
        key if row % 3 == 0 => Some(2 + count + key),
        key => Some(1 + count - key),
    };
    let keys: Int16Array = known.keys.iter().enumerate().map(key).collect();
    all.push(Arc::new(DictionaryArray::new(keys, Arc::new(values))));
    all.push(small);
    all
}

fn cut(array: &ArrayRef, at: usize) -> Vec<ArrayRef> {
    let at = at.min(array.len());
    vec![array.slice(0, at), array.slice(at, array.len() - at)]
}

fn texts_of(chunks: &[ArrayRef]) -> Vec<Option<String>> {
    let read = chunks.iter().map(|chunk| cast(chunk, &DataType::Utf8).unwrap());
    read.flat_map(|chunk| chunk.as_string::<i32>().iter().map(|t| t.map(str::to_owned)).collect::<Vec<_>>()).collect()
}

proptest! {
    #[test]
    fn any_layout_of_any_texts_reads_as_the_obvious_version(
        rows in prop::collection::vec(
            prop::option::of(prop_oneof!["[a-c]{0,3}", "[ab]{0,40}", "[a\u{0}]{0,9}", "[aé中]{0,14}", " {0,2}"]), 0..60),
        at in 0usize..60,
    ) {
        let want = slow(&rows);
        for array in layouts(&rows) {
            prop_assert_eq!(&encode("c", &cut(&array, at)).unwrap(), &want, "{}", array.data_type());
            // What a label becomes: every other one nothing, the rest one of two codes.
            let each: Vec<Option<String>> =
                (0..want.labels.len()).map(|label| (label % 2 == 0).then(|| format!("{}", label % 4))).collect();
            let code = |key: &i32| usize::try_from(*key).ok().and_then(|key| each[key].clone());
            let expected: Vec<_> = want.keys.iter().map(code).collect();
            let chunks = Read::new("c", &cut(&array, at)).unwrap().follow(&each).unwrap();
            for chunk in &chunks {
                let values = chunk.as_any_dictionary().values().as_string::<i32>();
                prop_assert_eq!(values.null_count(), 0);
                let (texts, _) = unique(values.iter().flatten().map(str::to_owned).collect());
                prop_assert_eq!(texts.len(), values.len(), "codes are unique");
            }
            if let (Some(chunk), DataType::Dictionary(key, _)) = (chunks.first(), array.data_type())
                && !rows.is_empty()
            {
                prop_assert_eq!(chunk.as_any_dictionary().keys().data_type(), &**key);
            }
            prop_assert_eq!(texts_of(&chunks), expected);
            let blank = Read::new("c", &cut(&array, at)).unwrap().without_blanks().into_coded();
            let kept: Vec<_> =
                rows.iter().map(|cell| cell.clone().filter(|text| !text.trim().is_empty())).collect();
            prop_assert_eq!(&blank, &slow(&kept));
            let first = Read::new("c", &cut(&array, at)).unwrap().first_rows();
            prop_assert!(first.iter().zip(0..).all(|(row, key)| want.keys.iter().position(|k| *k == key) == Some(*row)));
        }
    }
}

/// More rows than one task takes, with labels that come up late and in another order in every piece.
#[test]
fn threads_and_chunks_do_not_matter_in_long_columns() {
    let count = 5 * PIECE + 77;
    let mut state = 1_u64;
    let label = |row: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let few = 5 + 900 * (row / 700) as u64;
        Some((state >> 33) % few)
            .filter(|label| *label != 3)
            .map(|label| "x".repeat((label % 45) as usize) + &label.to_string())
    };
    let rows: Vec<Option<String>> = (0..count).map(label).collect();
    let mut seen: FxHashMap<&str, i32> = FxHashMap::default();
    let key = |cell: &'_ Option<String>| cell.is_some();
    let mut labels = Vec::new();
    let mut keys = Vec::with_capacity(count);
    for cell in &rows {
        keys.push(if key(cell) {
            *seen.entry(cell.as_deref().unwrap_or_default()).or_insert_with(|| {
                labels.push(cell.clone().unwrap_or_default());
                labels.len() as i32 - 1
            })
        } else {
            NULL
        });
    }
    let want = Coded { keys, labels };
    let array: ArrayRef = Arc::new(StringArray::from_iter(&rows));
    let coded = cast(&array, &DataType::Dictionary(Box::new(DataType::Int16), Box::new(DataType::Utf8))).unwrap();
    for threads in [1, 2, 3] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        for array in [&array, &coded] {
            for at in [0, 10, 3 * PIECE / 2] {
                let found = pool.install(|| encode("c", &cut(array, at))).unwrap();
                assert!(found == want, "{threads} threads, cut at {at}");
            }
        }
    }
}
