//! Files as people have them: read right, or refused with the place and what to do.

use super::*;

fn read_as(name: &str, content: &str, how: &ReadSeries) -> Result<Series, Error> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(name);
    std::fs::write(&path, content).unwrap();
    Series::read(&path, how)
}

fn of(x: &str, y: &str) -> ReadSeries {
    let name = |n: &str| Some(n.to_owned()).filter(|n| !n.is_empty());
    ReadSeries { x: name(x), y: name(y), ..ReadSeries::default() }
}

fn read(content: &str, x: &str, y: &str) -> Series {
    read_as("run.csv", content, &of(x, y)).unwrap()
}

/// Why a file is refused.
fn why(content: &str, x: &str, y: &str) -> String {
    let e = read_as("run.csv", content, &of(x, y)).unwrap_err().to_string();
    assert!(e.contains("run.csv"), "{e}");
    e
}

/// Every part of a message.
fn says(message: &str, parts: &[&str]) {
    for part in parts {
        assert!(message.contains(part), "{message:?} does not say {part:?}");
    }
}

fn notes(series: &Series) -> Vec<String> {
    series.notes.iter().map(ToString::to_string).collect()
}

/// Rows of a step and a loss.
fn rows(of: impl IntoIterator<Item = (u32, &'static str)>) -> String {
    of.into_iter().map(|(step, loss)| format!("{step},{loss}\n")).collect()
}

#[test]
fn rows_of_other_measures_are_no_rows_of_this_one() {
    let series = read("epoch,loss,acc\n1,0.7,\n2,,0.4\n3,0.5,0.5\n", "", "acc");
    assert_eq!((series.x, series.y, series.resource.as_str(), series.blank), (vec![2.0, 3.0], vec![0.4, 0.5], "epoch", 1));
}

#[test]
fn what_is_missing_is_named_with_what_there_is() {
    says(&why("epoch,val_loss\n1,0.7\n", "", "loss"), &["there are epoch, val_loss"]);
    says(&why("  epoch ,  val/box_loss \n1,0.7\n", "", "val/boxloss"), &["there are epoch, val/box_loss", "did you mean \"val/box_loss\"?"]);
    says(&why("epoch\n1\n", "", ""), &["two columns"]);
    says(&why("epoch,loss\n1,0.7\n", "loss", "loss"), &["for the resource and for the measure", "epoch, loss"]);
    says(&why("epoch,loss\n1,0.7\n\n2,many\n", "", ""), &["line 4", "\"loss\"", "\"many\" is not a number"]);
    says(&why("epoch,time\n1,00:12\n", "", ""), &["line 2", "\"time\"", "\"00:12\"", "another column"]);
    says(&why("epoch,acc\n1,45%\n", "", ""), &["line 2", "\"45%\"", "percent sign"]);
}

#[test]
fn names_and_cells_may_be_padded() {
    let series = read("   epoch,    val/loss\n   1,   0.7\n   2,   0.6\n   3,\n", "epoch", " val/loss ");
    assert_eq!((series.x, series.y, series.measure.as_str()), (vec![1.0, 2.0], vec![0.7, 0.6], "val/loss"));
}

#[test]
fn separators_and_decimal_commas_are_read_and_said() {
    for (name, content, said) in [
        ("a.csv", "epoch;val loss\n1;0,75\n2;0,5\n", 2),
        ("a.csv", "epoch;val loss\n1;1,234\n2;1,125\n", 2),
        ("a.csv", "epoch;val loss\n1;0.75\n2;0.5\n", 1),
        ("a.csv", "epoch,val loss\n1,\"0,75\"\n2,\"0,5\"\n", 1),
        ("a.tsv", "epoch\tval loss\n1\t0.75\n2\t0.5\n", 1),
        ("a.txt", "epoch | val loss\n1 | 0.75\n2 | 0.5\n", 1),
        ("a.txt", "# seed 1\n# epoch loss\n1   0.75\n2   0.5\n", 1),
    ] {
        let series = read_as(name, content, &ReadSeries::default()).unwrap();
        assert_eq!((series.x.as_slice(), series.y.len(), series.resource.as_str()), (&[1.0, 2.0][..], 2, "epoch"), "{content}");
        assert!(series.y[0] < 1.3 && series.y[1] < series.y[0], "{content}");
        assert_eq!(series.notes.len(), said, "{:?}", series.notes);
    }
}

#[test]
fn commas_that_may_part_thousands_are_refused() {
    says(&why("step\tloss\n\"1,000\"\t0.5\n\"2,000\"\t0.4\n", "", ""), &["line 2", "\"step\"", "\"1,000\"", "\"0.5\"", "without a separator"]);
    says(&why("step,tokens\n1,\"1,234,567\"\n", "", ""), &["line 2", "\"tokens\"", "1,234,567", "thousands"]);
    says(&why("step;loss\n1;2,5\n1.000;2,25\n", "", ""), &["line 3", "\"1.000\"", "\"2,5\""]);
    says(&why("step,loss\n1,\"1,234.5\"\n", "", ""), &["line 2", "\"1,234.5\"", "thousands"]);
    says(&why("step,loss\n1,2,5\n2,2,25\n", "", ""), &["line 2 has 3 values where the header has 2", "quotes"]);
    says(&why("step,loss\n1000,5\n2 000,4\n", "", ""), &["line 3", "\"2 000\"", "thousands"]);
}

#[test]
fn a_file_without_a_header_keeps_its_first_row() {
    let series = read("0,2.14\n1,1.77\n2,1.68\n", "", "");
    assert_eq!((series.x.len(), series.y[0], series.resource.as_str(), series.measure.as_str()), (3, 2.14, "column 1", "column 2"));
    says(&notes(&series)[0], &["first line", "\"column 1\""]);
    says(&why("0,1\n1,0.9\n2,0.8\n", "", ""), &["line 1", "0, 1", "write the columns' names"]);
}

#[test]
fn a_resumed_run_is_read_and_said() {
    let text = "step,loss\n10,5\n20,4\n30,3\n40,2.5\n30,3.1\n40,2.6\n50,2.2\n";
    let series = read(text, "", "");
    assert_eq!((series.x.as_slice(), series.y.as_slice()), (&[10.0, 20.0, 30.0, 40.0, 50.0][..], &[5.0, 4.0, 3.1, 2.6, 2.2][..]));
    says(&notes(&series)[0], &["from 40 back to 30 in line 6", "2 rows are replaced"]);
    // Resumed at another rhythm, and twice; the last part has not come to the old end yet.
    let series = read("step,loss\n10,5\n20,4\n30,3\n25,3.2\n35,2.9\n45,2.5\n35,2.8\n", "", "");
    assert_eq!(series.x, [10.0, 20.0, 25.0, 35.0]);
    assert!(matches!(&series.notes[0], Warning::Resumed { times: 2, replaced: 3, line: 5, .. }), "{:?}", series.notes);
}

#[test]
fn a_header_in_the_middle_is_a_resumed_run() {
    let series = read("epoch,loss\n0,2.3\n1,2.1\nepoch,loss\n2,2.0\n3,1.9\n", "", "");
    assert_eq!((series.x.as_slice(), series.notes.len()), (&[0.0, 1.0, 2.0, 3.0][..], 1));
    says(&why("epoch,loss\n0,2.3\n1,2.1\nepoch,loss\n0,2.0\n1,1.9\n", "", ""), &["2 runs", "line 5", "from 1 back to 0", "cut the file before line 5"]);
    says(&why("epoch,loss\n0,2.3\n1,2.1\nloss,epoch\n2.0,2\n", "", ""), &["line 4 is another header"]);
    says(&why("epoch,loss\n0,2.3\n1,2.1\nepoch,loss,acc\n2,2.0,0.3\n", "", ""), &["line 4 is another header"]);
}

#[test]
fn two_runs_are_refused_with_the_line_and_what_tells_them_apart() {
    let text = "run,step,loss\na,10,5\na,20,4\na,30,3\nb,10,5.1\nb,20,4.2\n";
    says(&why(text, "step", "loss"), &["2 runs", "step goes from 30 back to 10 in line 5", "the column \"run\" tells apart"]);
    says(&why("step,loss\n10,5\n20,4\n5,5.1\n15,4.2\n25,4\n", "", ""), &["2 runs", "line 4", "cut the file before line 4"]);
    says(&why("step,loss\n1,5\n2,4\n1,5\n2,4\n1,3\n2,3\n", "", ""), &["3 runs"]);
    // Parts that overlap may be a resumed run as well: the column is named.
    let resumed = read("run,step,loss\na,10,5\na,20,4\na,30,3\nb,20,4.2\nb,30,3.3\n", "step", "loss");
    assert!(notes(&resumed).iter().any(|n| n.contains("the column \"run\" changes there")), "{:?}", resumed.notes);
}

#[test]
fn rows_in_no_order_are_refused() {
    says(&why("epoch,loss\n1,5\n10,2\n11,1.9\n2,4\n3,3.5\n", "", ""), &["line 5", "epoch goes from 11 back to 2", "sort them by epoch"]);
    says(&why("epoch,loss\n5,3\n3,4\n9,2\n1,5\n", "", ""), &["line 3", "sort"]);
}

#[test]
fn rows_from_the_last_to_the_first_are_turned() {
    let series = read("step,loss\n30,3\n20,4\n10,5\n", "", "");
    assert_eq!((series.x.as_slice(), series.y.as_slice()), (&[10.0, 20.0, 30.0][..], &[5.0, 4.0, 3.0][..]));
    says(&notes(&series)[0], &["from the last step to the first"]);
}

#[test]
fn steps_that_are_there_twice_keep_the_last_row() {
    let series = read("epoch,loss\n0,5\n0,4\n1,3\n1,3\n2,2\n2,1\n", "", "");
    assert_eq!((series.x.as_slice(), series.y.as_slice()), (&[0.0, 1.0, 2.0][..], &[4.0, 3.0, 1.0][..]));
    assert_eq!(series.notes, [Warning::StepsRepeated { column: "epoch".into(), rows: 2, line: 3 }]);
}

#[test]
fn too_little_is_no_curve() {
    says(&why("step,loss\n100,0.8\n100,0.8\n100,0.8\n", "", ""), &["3 rows have a value in column \"loss\", all at one \"step\", 100"]);
    says(&why("step,loss\n1,1.5\n", "", ""), &["1 of 1 rows has a number", "\"loss\""]);
    let nan: String = (0..139).map(|i| format!("{i},NaN\n")).collect();
    says(&why(&format!("_step,val_f1\n{nan}139,0.8\n"), "", ""), &["1 of 140 rows has a number", "\"val_f1\"", "139 NaN or infinite"]);
    says(&why("step,loss\n1,inf\n2,inf\n", "", ""), &["0 of 2 rows have a number", "2 NaN or infinite"]);
    says(&why("step,loss,lr\n1,2,1\n2,,1\n3,nan,1\n", "", ""), &["1 of 3 rows", "(1 NaN or infinite, 1 blank)"]);
    // The row that was a number is replaced.
    says(&why("step,loss\n1,2\n2,3\n2,nan\n", "", ""), &["1 of 3 rows", "(1 NaN or infinite)"]);
}

#[test]
fn values_that_are_no_numbers_are_counted() {
    let text = format!("step,loss\n{}", rows([(1, "3"), (2, "NaN"), (3, "2"), (4, "Infinity"), (5, "1.5")]));
    let series = read(&text, "", "");
    assert_eq!((series.x, series.notes), (vec![1.0, 3.0, 5.0], vec![Warning::NotNumbers { measure: "loss".into(), rows: 2, line: 3 }]));
}

#[test]
fn a_run_that_diverged_is_said_to_have_done_so() {
    for end in ["nan\n", "inf\n", "-nan\n"] {
        let text = format!("step,loss\n{}10,nan\n11,1.4\n20,{end}30,nan\n", rows([(1, "3"), (2, "2.5"), (3, "2")]));
        let series = read(&text, "", "");
        assert_eq!(series.x.last(), Some(&11.0));
        let diverged = Warning::Diverged { measure: "loss".into(), line: 7, resource: "step".into(), at: 20.0, rows: 2 };
        assert_eq!(series.notes, [diverged, Warning::NotNumbers { measure: "loss".into(), rows: 1, line: 5 }]);
    }
    // Resumed from before the divergence: the run goes on.
    let series = read("step,loss\n1,3\n2,2.5\n3,nan\n4,nan\n2,2.4\n3,2.2\n", "", "");
    assert_eq!((series.y.as_slice(), series.notes.len()), (&[3.0, 2.4, 2.2][..], 1));
}

#[test]
fn nan_where_another_measure_was_logged_is_no_divergence() {
    let one = |i: u32| if i.is_multiple_of(5) { format!("{i},nan,{}\n", 2.0 / f64::from(i)) } else { format!("{i},{},nan\n", 3.0 / f64::from(i)) };
    let text: String = ["step,train,val\n".to_owned()].into_iter().chain((1..=20).map(one)).collect();
    for (y, n) in [("train", 16), ("val", 4)] {
        let series = read(&text, "step", y);
        assert_eq!((series.x.len(), series.blank, series.notes), (n, 20 - n, Vec::new()));
    }
    let series = read("epoch,train,val\n0,0.9,nan\n0,nan,0.8\n1,0.7,nan\n1,nan,0.6\n", "epoch", "train");
    assert_eq!((series.y, series.notes), (vec![0.9, 0.7], Vec::new()));
    // Mostly NaN, and no other column.
    let text: String =
        ["step,val\n".to_owned()].into_iter().chain((1..=13).map(|i| if i % 5 == 0 { format!("{i},{i}\n") } else { format!("{i},nan\n") })).collect();
    assert!(matches!(read(&text, "", "").notes.as_slice(), [Warning::NotNumbers { rows: 11, .. }]));
}

#[test]
fn blanks_are_said_where_they_are_odd() {
    let interleaved = "epoch,step,train,val\n0,49,0.9,\n0,99,0.8,\n0,99,,0.9\n1,149,0.7,\n1,199,0.6,\n1,199,,0.8\n";
    let series = read(interleaved, "epoch", "val");
    assert_eq!((series.x, series.blank, series.notes), (vec![0.0, 1.0], 4, Vec::new()));
    let series = read(interleaved, "step", "train");
    assert_eq!((series.x.len(), series.blank, series.notes), (4, 2, Vec::new()));
    let series = read("step,loss\n1,3\n2,\n3,2\n4,None\n5,1.5\n6,1.4\n", "", "");
    assert_eq!((series.blank, series.notes), (2, vec![Warning::RowsLeftOut { left_out: 2, of: 6 }]));
    // pandas writes NaN as a blank
    let text = format!(
        "step,loss,lr\n{}",
        (1..=12).map(|i| if i < 9 { format!("{i},{},0.1\n", 3.0 / f64::from(i)) } else { format!("{i},,0.1\n") }).collect::<String>()
    );
    assert_eq!(read(&text, "step", "loss").notes, [Warning::Stops { measure: "loss".into(), line: 10, rows: 4 }]);
}

#[test]
fn columns_that_never_meet_are_said_to_do_so() {
    let text = "epoch,step,train,val\n0,49,0.9,\n,99,,0.9\n1,149,0.7,\n,199,,0.8\n";
    says(&why(text, "epoch", "val"), &["no row has both \"epoch\" and \"val\"", "\"step\" stands beside \"val\" in 2 rows"]);
    says(&why("epoch,val\n0,\n,0.9\n", "", ""), &["no row has both", "name two columns"]);
    says(&why("epoch,val,x\n0,,1\n1,,2\n", "epoch", "val"), &["column \"val\" has no number in any of 2 rows"]);
}

#[test]
fn columns_that_were_not_named_are_said_where_there_are_others() {
    let series = read("Wall time,Step,Value\n1591960000.5,10,1.5\n1591960001.5,20,1.2\n", "", "");
    assert_eq!(series.notes, [Warning::ColumnsTaken { resource: "Step".into(), measure: "Value".into() }]);
    let series = read(",epoch,loss\n0,1,3\n1,2,2\n", "", "");
    assert_eq!((series.resource.as_str(), series.measure.as_str()), ("epoch", "loss"));
    let series = read("loss,step\n3,1\n2,2\n", "", "loss");
    assert_eq!((series.resource.as_str(), series.x, series.notes), ("step", vec![1.0, 2.0], Vec::new()));
}

#[test]
fn rows_before_and_after_are_left_out_without_a_word() {
    let text = "step,loss\n0,0.0\n1,start\n2,2.5\n3,2.2\n4,2\n5,1e9\n6,nan\n";
    let how = ReadSeries { from: Some(2.0), until: Some(4.0), ..ReadSeries::default() };
    let series = read_as("run.csv", text, &how).unwrap();
    assert_eq!((series.x, series.y, series.notes), (vec![2.0, 3.0, 4.0], vec![2.5, 2.2, 2.0], Vec::new()));
    let none = ReadSeries { from: Some(7.0), ..ReadSeries::default() };
    says(&read_as("run.csv", text, &none).unwrap_err().to_string(), &["from 7", "from 0 to 6"]);
    let turned = ReadSeries { from: Some(3.0), until: Some(2.0), ..ReadSeries::default() };
    says(&read_as("run.csv", text, &turned).unwrap_err().to_string(), &["the lower one first"]);
}

#[test]
fn an_infinite_resource_is_named() {
    says(&why("step,loss\n1,2\ninf,3\n", "", ""), &["line 3", "\"step\"", "inf"]);
}

#[test]
fn json_lines_follow_the_same_rules() {
    let text = "{\"step\": 1, \"loss\": 3.5, \"layers\": [1, 2]}\n{\"step\": 2, \"loss\": NaN}\n{\"step\": 2, \"loss\": 3}\n{\"step\": 3, \"loss\": null}\n{\"step\": 3, \"loss\": 2.5}\n";
    let series = read_as("run.jsonl", text, &of("step", "loss")).unwrap();
    assert_eq!((series.x.as_slice(), series.y.as_slice(), series.blank), (&[1.0, 2.0, 3.0][..], &[3.5, 3.0, 2.5][..], 1));
    let e = read_as("run.jsonl", text, &of("step", "layers")).unwrap_err().to_string();
    says(&e, &["\"layers\" holds a list"]);
    let state = "{\"log_history\": [{\"step\": 1, \"loss\": 3.5}]}";
    says(&read_as("trainer_state.json", state, &ReadSeries::default()).unwrap_err().to_string(), &["1 of 1 rows has a number in column \"loss\""]);
    says(&read_as("all.json", "[{\"step\": 1}]", &ReadSeries::default()).unwrap_err().to_string(), &["jq -c '.[]'"]);
    says(&read_as("run.log", "step 1", &ReadSeries::default()).unwrap_err().to_string(), &[".csv, .tsv, .txt"]);
}

#[test]
fn parquet_tells_a_blank_from_nan() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("run.parquet");
    let column = |v: &[f64]| tables::TableColumn::Number(v.to_vec());
    tables::write_parquet(&path, &[("step", column(&[1.0, 2.0, 3.0, 4.0])), ("loss", column(&[3.0, 2.0, 1.5, f64::NAN]))]).unwrap();
    let series = Series::read(&path, &ReadSeries::default()).unwrap();
    assert!(matches!(series.notes.as_slice(), [Warning::Diverged { line: 4, .. }]), "{:?}", series.notes);
}

#[test]
fn a_text_of_another_system_is_the_same() {
    let plain = read("epoch,loss\n1,2\n2,1.5\n3,1.25\n", "", "");
    for text in [
        "\u{feff}epoch,loss\r\n1,2\r\n2,1.5\r\n3,1.25\r\n\r\n",
        "epoch,loss\r\r\n1,2\r\r\n2,1.5\r\r\n3,1.25\r\r\n",
        "epoch,loss\r1,2\r2,1.5\r3,1.25\r",
        "epoch,loss\n\n1,2\n\n2,1.5\n\n3,1.25\n",
    ] {
        assert_eq!(read(text, "", ""), plain, "{text:?}");
    }
    // While it is being written, the last line is not whole.
    let series = read("epoch,loss\n1,2\n2,1.5\n3", "", "");
    assert_eq!(series.x, [1.0, 2.0]);
    says(&notes(&series)[0], &["line 4", "cut off"]);
    says(&why("epoch,loss\n1,2\n2\n3,1.25\n", "", ""), &["line 3 has 1 values where the header has 2"]);
}

#[test]
fn logs_of_training_tools_are_read_as_they_are() {
    let log = "step 100: train loss 3.5, val loss 3.6\niter 100: loss 3.4\nstep 200: train loss 3, val loss 3.1\nstep 300: train loss 2.8, val loss 2.9\n";
    let series = read_as("run.log", log, &of("", "val_loss")).unwrap();
    assert_eq!((series.x, series.y, series.resource.as_str()), (vec![100.0, 200.0, 300.0], vec![3.6, 3.1, 2.9], "step"));
    says(&series.notes[0].to_string(), &["read as log: 1 run, 7 values of 3 measures by step"]);
    let first = read_as("run.log", log, &ReadSeries::default()).unwrap();
    assert_eq!((first.measure.as_str(), first.y), ("train_loss", vec![3.5, 3.0, 2.8]));
    let state = "{\"log_history\": [{\"step\": 1, \"loss\": 3.5}, {\"step\": 1, \"eval_loss\": 4}, {\"step\": 2, \"loss\": 3}, {\"step\": 3, \"loss\": NaN}]}";
    let series = read_as("trainer_state.json", state, &ReadSeries::default()).unwrap();
    assert_eq!((series.x.as_slice(), series.measure.as_str()), (&[1.0, 2.0][..], "loss"));
    assert!(series.notes.iter().any(|n| matches!(n, Warning::Diverged { at: 3.0, .. })), "{:?}", series.notes);
}

#[test]
fn a_folder_of_several_runs_asks_for_one() {
    let dir = tempfile::tempdir().unwrap();
    for run in ["a", "b"] {
        std::fs::create_dir(dir.path().join(run)).unwrap();
        std::fs::write(dir.path().join(run).join("metrics.csv"), "epoch,step,loss\n0,1,2.5\n0,2,2.25\n").unwrap();
    }
    let e = Series::read(dir.path(), &ReadSeries::default()).unwrap_err().to_string();
    says(&e, &["2 runs in one folder (a, b)", "name the folder or the file of one of them"]);
    let series = Series::read(&dir.path().join("b"), &ReadSeries::default()).unwrap();
    assert_eq!((series.x, series.measure.as_str()), (vec![1.0, 2.0], "loss"));
    says(&Series::read(&dir.path().join("c"), &ReadSeries::default()).unwrap_err().to_string(), &["of a kind that is not read"]);
}

#[test]
fn a_table_that_was_imported_begins_behind_the_run() {
    let series = read("run,step,loss\na,1,3\na,2,2.5\na,3,2.25\n", "", "");
    assert_eq!((series.resource.as_str(), series.measure.as_str(), series.x), ("step", "loss", vec![1.0, 2.0, 3.0]));
}
